package io.holdfast.shell;

import java.util.concurrent.CompletionStage;

/** Swaps on other nodes. Any thread; nothing blocks. */
public interface Swaps {
    /** How far a swap on another node is. */
    enum State {
        /** It is at work. */
        RUNNING,
        /** It is done. */
        DONE,
        /** It was refused, or taken back. */
        FAILED
    }

    /** Where it stands, and the sentence for it once it ended. */
    record Progress(State state, String text) {}

    /**
     * Asks a node to fetch the bytes of a layer from this one and to put them in its place.
     *
     * @param digest under which this node keeps them
     * @return completes when the node began, with the number to ask for
     */
    CompletionStage<Long> begin(String node, String layer, String digest, String who);

    /** {@return how far the node is with it; fails while the node cannot be asked, which is to be expected in the middle} */
    CompletionStage<Progress> progress(String node, long number);
}
