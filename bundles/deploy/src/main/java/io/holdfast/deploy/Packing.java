package io.holdfast.deploy;

import java.io.IOException;
import java.io.OutputStream;

/** Makes a KAR of a feature that the container of this node knows. Blocks: not on the loop. */
public interface Packing {
    /**
     * Packs it, with the features that it needs and that are not installed here, and with their bundles.
     *
     * @param feature {@code NAME} or {@code NAME/VERSION}
     * @throws IOException if there is none, or a bundle of it cannot be had
     */
    void pack(String feature, OutputStream out) throws IOException;
}
