package io.holdfast.shell;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The words of a call, taken apart: options may stand anywhere.
 *
 * @param plain the words that are no options, the command first
 * @param options the values of each option that was given; a flag has one empty value
 */
record Words(List<String> plain, Map<String, List<String>> options) {
    /** How long a command may take unless {@code --wait} says otherwise. */
    static final Duration LIMIT = Duration.ofSeconds(30);

    private static final Set<String> FLAGS = Set.of("--json", "--help", "--follow", "--dry-run", "--rolling");
    private static final Set<String> VALUED =
            Set.of("--since", "--fail", "--apply", "--cib", "--time", "--explain", "--at");

    static Words parse(List<String> words) {
        List<String> plain = new ArrayList<>();
        Map<String, List<String>> options = new HashMap<>();
        Deque<String> left = new ArrayDeque<>(words);
        boolean onlyPlain = false;
        while (!left.isEmpty()) {
            String word = left.remove();
            String name = word.startsWith("--") && word.contains("=") ? word.substring(0, word.indexOf('=')) : word;
            if (onlyPlain || !word.startsWith("-") || word.equals("-")) {
                plain.add(word);
            } else if (word.equals("--")) {
                onlyPlain = true;
            } else {
                if (!name.equals(word)) {
                    left.push(word.substring(name.length() + 1));
                }
                String option = name.equals("-h") ? "--help" : name;
                String value = value(option, left, !name.equals(word));
                options.computeIfAbsent(option, key -> new ArrayList<>()).add(value);
            }
        }
        return new Words(List.copyOf(plain), Map.copyOf(options));
    }

    private static String value(String option, Deque<String> left, boolean given) {
        if (FLAGS.contains(option)) {
            if (given) {
                throw new UsageException(option + " takes no value");
            }
            return "";
        }
        if (option.equals("--wait")) {
            String next = left.peek();
            if (next != null && (given || Durations.isOne(next))) {
                return left.remove();
            }
            return "";
        }
        if (VALUED.contains(option)) {
            String next = left.poll();
            if (next == null) {
                throw new UsageException(option + " needs a value");
            }
            return next;
        }
        throw new UsageException("there is no option " + option);
    }

    boolean has(String option) {
        return options.containsKey(option);
    }

    List<String> values(String option) {
        return options.getOrDefault(option, List.of());
    }

    Optional<String> value(String option) {
        List<String> values = values(option);
        return values.isEmpty() ? Optional.empty() : Optional.of(values.get(values.size() - 1));
    }

    /** {@return the time limit of the call} */
    Duration limit() {
        String text = value("--wait").orElse("");
        return text.isEmpty() ? LIMIT : Durations.parse("--wait", text);
    }
}
