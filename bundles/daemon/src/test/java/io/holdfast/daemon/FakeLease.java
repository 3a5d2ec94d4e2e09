package io.holdfast.daemon;

import io.holdfast.api.transport.Registration;
import java.util.ArrayList;
import java.util.List;

/** A lease that a test gives and takes. */
final class FakeLease implements Lease {
    private final List<Runnable> listeners = new ArrayList<>();
    boolean active = true;
    long closings;
    boolean proved = true;
    boolean strong;
    boolean inDaemon;

    void changed() {
        List.copyOf(listeners).forEach(Runnable::run);
    }

    @Override
    public boolean active() {
        return active;
    }

    @Override
    public long closings() {
        return closings;
    }

    @Override
    public boolean provedStopped() {
        return proved;
    }

    @Override
    public boolean strong() {
        return strong;
    }

    @Override
    public void inDaemon(boolean running) {
        inDaemon = running;
    }

    @Override
    public Registration onChange(Runnable changed) {
        listeners.add(changed);
        return () -> listeners.remove(changed);
    }
}
