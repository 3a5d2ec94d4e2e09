package io.holdfast.shell;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** The bundles of this node's layers. Any thread; blocks. */
public interface Layers {
    /** {@return the version of the layer's bundle, empty if there is none} */
    Optional<String> version(String layer);

    /** {@return whether the layer's bundle is active} */
    boolean active(String layer);

    /** {@return what is wrong with the layer's bundle and its components, as the end of a sentence; empty if nothing is} */
    String trouble(String layer);

    /**
     * {@return the bytes at an address, for example {@code mvn:io.holdfast/holdfast-transport/0.2.0}}
     *
     * @param url empty: where the present bundle of the layer came from
     * @throws IOException whose message says why not
     */
    byte[] read(String layer, Optional<String> url) throws IOException;

    /** {@return the bytes of the layer's bundle as it is now, wherever it came from} */
    byte[] present(String layer) throws IOException;

    /**
     * {@return what putting these bytes in the place of the layer would do} Changes nothing.
     *
     * @throws IOException if they are not a bundle of this layer
     */
    Plan plan(String layer, byte[] content) throws IOException;

    /**
     * Puts these bytes in the place of the layer's bundle and rewires what depends on it.
     *
     * @throws IOException whose message says why not; then the layer may be as it was, or gone
     */
    void replace(String layer, byte[] content) throws IOException;

    /**
     * What a swap would do.
     *
     * @param from the version now
     * @param to the version then
     * @param digest SHA-256 of the new bytes
     * @param missing what would not resolve, one sentence each; empty if all does
     * @param rewired the other bundles that would be stopped for a moment
     */
    record Plan(String from, String to, String digest, List<String> missing, List<String> rewired) {
        /** Copies the lists. */
        public Plan {
            missing = List.copyOf(missing);
            rewired = List.copyOf(rewired);
        }
    }
}
