package io.holdfast.daemon;

import io.holdfast.api.transport.Registration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The nodes of a test; attributes are shared through one map. */
final class FakePeers implements Peers {
    private final String node;
    private final Map<String, Map<String, String>> shared;
    private final List<Runnable> listeners = new ArrayList<>();
    final Set<String> silent = new HashSet<>();
    long incarnation;

    FakePeers(String node, Map<String, Map<String, String>> shared) {
        this.node = node;
        this.shared = shared;
    }

    void changed() {
        List.copyOf(listeners).forEach(Runnable::run);
    }

    @Override
    public long incarnation() {
        return incarnation;
    }

    @Override
    public boolean heard(String other) {
        return !silent.contains(other);
    }

    @Override
    public Map<String, Map<String, String>> attributes() {
        return shared;
    }

    @Override
    public void tell(String key, String value) {
        Map<String, String> told = new TreeMap<>(shared.getOrDefault(node, Map.of()));
        told.put(key, value);
        shared.put(node, told);
        changed();
    }

    @Override
    public Registration onChange(Runnable changed) {
        listeners.add(changed);
        return () -> listeners.remove(changed);
    }
}
