package io.holdfast.api.cluster;

/**
 * Something that happened, in a sentence.
 *
 * @param revision ledger index; events of one index are numbered on in {@code order}
 * @param order position among the events of that index, from 0
 * @param wallMillis wall clock of the node that proposed it, only to be shown
 * @param node the node that it concerns, or empty
 * @param resource the resource that it concerns, or empty
 * @param severity {@code info}, {@code warn} or {@code error}
 * @param text the sentence, with its reason
 */
public record Event(
        long revision, int order, long wallMillis, String node, String resource, String severity, String text) {}
