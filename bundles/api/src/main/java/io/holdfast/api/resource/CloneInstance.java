package io.holdfast.api.resource;

/**
 * Which instance of a clone it is.
 *
 * @param number from 0; of a clone whose instances do not differ it means nothing
 * @param instances how many the clone had when this one was started
 * @param perNode at most so many on a node
 * @param unique whether the instances differ from each other, as by an address for each
 */
public record CloneInstance(int number, int instances, int perNode, boolean unique) {}
