package io.holdfast.cib;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Which names lead to which, without circles. */
final class Ways {
    /** From each of the first to each of the second. */
    record Way(List<String> from, List<String> to) {}

    private final Map<String, Set<String>> next = new HashMap<>();

    /** Adds a way, unless it would lead back to where it begins; {@return whether it was added} */
    boolean add(List<String> from, List<String> to) {
        for (String begin : from) {
            for (String end : to) {
                if (leads(end, begin)) {
                    return false;
                }
            }
        }
        from.forEach(
                begin -> next.computeIfAbsent(begin, unused -> new HashSet<>()).addAll(to));
        return true;
    }

    private boolean leads(String from, String to) {
        Set<String> seen = new HashSet<>(Set.of(from));
        ArrayDeque<String> open = new ArrayDeque<>(List.of(from));
        while (!open.isEmpty()) {
            String at = open.remove();
            if (at.equals(to)) {
                return true;
            }
            for (String each : next.getOrDefault(at, Set.of())) {
                if (seen.add(each)) {
                    open.add(each);
                }
            }
        }
        return false;
    }
}
