package io.holdfast.transport;

import java.util.concurrent.atomic.AtomicInteger;
import org.jgroups.util.ThreadFactory;

/** The threads of JGroups, under our names. */
final class GroupThreads implements ThreadFactory {
    private final AtomicInteger number = new AtomicInteger();

    @Override
    public Thread newThread(Runnable task) {
        return newThread(task, "pool");
    }

    @Override
    public Thread newThread(Runnable task, String name) {
        return Threads.daemon(Threads.PREFIX + "jgroups-" + name + "-" + number.incrementAndGet(), task);
    }

    @Override
    public boolean useVirtualThreads() {
        return false;
    }

    // The names stay: they say what the thread does, and a JVM has one transport
    @Override
    public void setPattern(String pattern) {}

    @Override
    public void setIncludeClusterName(boolean include) {}

    @Override
    public void setClusterName(String name) {}

    @Override
    public void setAddress(String address) {}

    @Override
    public void renameThread(String name, Thread thread) {}
}
