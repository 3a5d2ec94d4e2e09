package io.holdfast.testkit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What a simulated cluster is made of.
 *
 * @param nodes names of all nodes, the witness included
 * @param voters those that vote at first
 * @param witnesses those that run nothing
 * @param strong those with an armed watchdog
 * @param lease lease duration
 * @param encoded whether entries and snapshots travel as bytes, some of them as another version writes them
 * @param devices whether every node can be cut off by a fence device
 */
public record Layout(
        List<String> nodes,
        List<String> voters,
        List<String> witnesses,
        List<String> strong,
        Duration lease,
        boolean encoded,
        boolean devices) {
    private static final String WITNESS = "w";

    /** {@return a cluster of {@code count} voters named n1, n2, ..., with no watchdog and no device} */
    public static Layout of(int count, Duration lease) {
        List<String> names = names(count);
        return new Layout(names, names, List.of(), List.of(), lease, false, false);
    }

    /** {@return the layout of a seed: mostly three nodes, and up to nine} */
    static Layout of(SplittableRandom random) {
        int size = List.of(2, 3, 3, 3, 3, 3, 3, 3, 3, 4, 5, 5, 6, 7, 9, 3).get(random.nextInt(16));
        List<String> nodes = new ArrayList<>(names(size));
        List<String> witnesses = List.of();
        List<String> voters;
        if (size == 2 && random.nextBoolean()) {
            return two(random);
        }
        if (size == 4 && random.nextBoolean()) {
            voters = List.copyOf(nodes.subList(0, 3));
        } else if (size == 2 || size == 4) {
            nodes.add(WITNESS);
            witnesses = List.of(WITNESS);
            voters = List.copyOf(nodes);
        } else if (size == 6) {
            voters = nodes.subList(0, 5);
        } else {
            voters = size == 9 && random.nextBoolean() ? nodes.subList(0, 5) : nodes;
        }
        Duration lease = Duration.ofMillis(List.of(300, 500, 1000, 2000).get(random.nextInt(4)));
        int watchdogs = random.nextInt(3);
        List<String> strong = watchdogs == 0 ? List.of() : watchdogs == 1 ? List.copyOf(nodes) : List.of("n1");
        return new Layout(
                List.copyOf(nodes),
                List.copyOf(voters),
                witnesses,
                strong,
                lease,
                random.nextInt(12) == 0,
                random.nextInt(3) == 0);
    }

    /**
     * {@return nodes with no watchdog and no device, and a long lease beside their kill time; an odd number of them votes}
     *
     * @param size how many nodes
     */
    static Layout plain(SplittableRandom random, int size) {
        List<String> nodes = names(size);
        Duration lease = Duration.ofMillis(List.of(1000, 2000).get(random.nextInt(2)));
        return new Layout(nodes, names((size - 1) / 2 * 2 + 1), List.of(), List.of(), lease, false, false);
    }

    /** {@return two voters and nobody else, each with a fence device} */
    static Layout two(SplittableRandom random) {
        List<String> names = names(2);
        return new Layout(
                names,
                names,
                List.of(),
                random.nextBoolean() ? names : List.of(),
                Duration.ofMillis(List.of(300, 500, 1000, 2000).get(random.nextInt(4))),
                random.nextInt(12) == 0,
                true);
    }

    /** {@return whether one of two voters may go on alone} */
    boolean goesAlone() {
        return voters.size() == 2;
    }

    private static List<String> names(int count) {
        List<String> names = new ArrayList<>();
        for (int i = 1; i <= count; i++) {
            names.add("n" + i);
        }
        return List.copyOf(names);
    }

    /** {@return the nodes that may run something} */
    List<String> runners() {
        return nodes.stream().filter(node -> !witnesses.contains(node)).toList();
    }
}
