package org.apache.ratis.thirdparty.io.netty.util.internal;

import java.nio.ByteBuffer;

/** Stands in for Netty: the only class of it that the replicated log calls on the way we use it. */
public final class PlatformDependent {
    private PlatformDependent() {}

    /** Leaves the buffer to the garbage collector; the log frees one small write buffer when it closes. */
    public static void freeDirectBuffer(ByteBuffer buffer) {}
}
