package io.holdfast.ledger;

import java.util.LinkedHashMap;
import java.util.Map;

/** Remembers the newest of what it was given, up to a bound. Thread-safe. */
final class Recent<T> {
    private final Map<T, Boolean> known;

    /** @param most how many are remembered */
    Recent(int most) {
        known = new LinkedHashMap<>() {
            private static final long serialVersionUID = 1;

            @Override
            protected boolean removeEldestEntry(Map.Entry<T, Boolean> eldest) {
                return size() > most;
            }
        };
    }

    /** {@return whether it is new} */
    synchronized boolean add(T thing) {
        return known.put(thing, true) == null;
    }

    synchronized boolean contains(T thing) {
        return known.containsKey(thing);
    }
}
