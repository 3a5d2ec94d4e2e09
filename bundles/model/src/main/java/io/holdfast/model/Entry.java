package io.holdfast.model;

/**
 * What the ledger carries.
 *
 * @param origin the node that proposed it
 * @param wallMillis that node's wall clock, only to be shown and to age failures
 * @param command the change
 */
public record Entry(String origin, long wallMillis, Command command) {}
