package io.holdfast.deploy;

import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;

/** The deployed bundles of this node's container. Its methods block: on workers. */
public interface Bundles {
    /**
     * A deployed bundle that is here.
     *
     * @param digest of what it was installed from
     * @param active whether it runs
     */
    record Installed(String digest, boolean active) {}

    /** How a bundle does. */
    sealed interface Look {
        /** All of it is at work, and it registered these types (a family as its prefix, with the colon). */
        record Well(List<String> types) implements Look {}

        /** Something is missing that may still come. */
        record NotYet(String what) implements Look {}

        /** It will not be well. */
        record Broken(String why) implements Look {}
    }

    /** {@return what is here of deployments, by symbolic name; nothing that came otherwise} */
    SortedMap<String, Installed> installed();

    /**
     * Puts the bundle in the place of any of that name, and starts it until the container ends; after a restart of the container it
     * is there, and not started.
     *
     * @throws BundleTrouble if it does not resolve or its activator throws. What was there before may be gone then
     */
    void put(Deployable what, String digest, Path file) throws BundleTrouble, InterruptedException;

    /** Stops it and takes it away. */
    void remove(String name) throws BundleTrouble, InterruptedException;

    /** {@return how it does now} */
    Look look(String name);
}
