package io.holdfast.api.resource;

/**
 * Which instance of a clone it is.
 *
 * @param number from 0; of a clone whose instances do not differ it means nothing
 * @param instances how many the clone had when this one was started
 * @param perNode at most so many on a node
 * @param unique whether the instances differ from each other, as by an address for each
 * @param promoted so many of them are promoted; 0 if none ever is
 */
public record CloneInstance(int number, int instances, int perNode, boolean unique, int promoted) {
    /** One of a clone that promotes none. */
    public CloneInstance(int number, int instances, int perNode, boolean unique) {
        this(number, instances, perNode, unique, 0);
    }
}
