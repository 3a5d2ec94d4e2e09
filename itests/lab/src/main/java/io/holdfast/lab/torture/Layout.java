package io.holdfast.lab.torture;

import java.util.List;
import java.util.stream.Stream;

/** Which nodes there are. */
enum Layout {
    THREE("3", List.of("n1", "n2", "n3"), false),
    FIVE("5", List.of("n1", "n2", "n3", "n4", "n5"), false),
    TWO_AND_WITNESS("2w", List.of("n1", "n2"), true);

    static final String WITNESS = "w";

    private final String word;

    @SuppressWarnings("ImmutableEnumChecker") // List.of
    private final List<String> nodes;

    private final boolean witness;

    Layout(String word, List<String> nodes, boolean witness) {
        this.word = word;
        this.nodes = nodes;
        this.witness = witness;
    }

    static Layout of(String word) {
        return Stream.of(values())
                .filter(layout -> layout.word.equals(word))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "there is no layout '" + word + "'; expected 3, 5 or 2w (two nodes and a witness)"));
    }

    /** {@return the word on the command line} */
    String word() {
        return word;
    }

    /** {@return the nodes that run resources} */
    List<String> nodes() {
        return nodes;
    }

    /** {@return all that vote} */
    List<String> voters() {
        return witness ? Stream.concat(nodes.stream(), Stream.of(WITNESS)).toList() : nodes;
    }

    /** {@return how many voters are a majority} */
    int majority() {
        return voters().size() / 2 + 1;
    }

    /** {@return whether a watchdog is armed on a node: on every second, so that both kinds of guard are there} */
    boolean watched(String node) {
        return nodes.indexOf(node) % 2 == 1;
    }
}
