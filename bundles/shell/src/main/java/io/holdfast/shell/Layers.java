package io.holdfast.shell;

import java.io.IOException;
import java.util.Optional;

/** The bundles of this node's layers. Any thread; blocks. */
public interface Layers {
    /** {@return the version of the layer's bundle, empty if there is none} */
    Optional<String> version(String layer);

    /** {@return whether the layer's bundle is active} */
    boolean active(String layer);

    /**
     * Replaces the layer's bundle and rewires what depends on it.
     *
     * @param url where the new one is, for example {@code mvn:io.holdfast/holdfast-transport/0.2.0}; empty: where the present one came from
     * @throws IOException whose message says why not; then the layer is as it was before
     */
    void replace(String layer, Optional<String> url) throws IOException;
}
