package io.holdfast.model.config;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What the document says of a node.
 *
 * @param capacity what it offers, by kind
 */
public record NodeSetting(SortedMap<String, Integer> capacity) {
    /** Copies the map. */
    public NodeSetting {
        capacity = Collections.unmodifiableSortedMap(new TreeMap<>(capacity));
    }
}
