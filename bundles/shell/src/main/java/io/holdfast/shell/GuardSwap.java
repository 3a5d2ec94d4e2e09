package io.holdfast.shell;

import java.io.IOException;

/** Replaces the process that guards this node by a new one, which takes over from it. Any thread; blocks. */
@FunctionalInterface
public interface GuardSwap {
    /**
     * {@return what was done, in a sentence}
     *
     * @throws IOException whose message says why not; then the guard of before goes on
     */
    String swap() throws IOException, InterruptedException;
}
