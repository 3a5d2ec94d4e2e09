package io.holdfast.shell;

/** Which layers may be replaced under a running node. */
public final class LayerNames {
    private LayerNames() {}

    /** {@return whether everything hangs on this one, or it is none} */
    public static boolean fixed(String layer) {
        return layer.isEmpty() || Swap.FIXED.contains(layer);
    }
}
