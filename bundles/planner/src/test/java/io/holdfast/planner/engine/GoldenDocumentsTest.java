package io.holdfast.planner.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.config.ConfigParser;
import io.holdfast.config.Parsed;
import io.holdfast.config.Purpose;
import io.holdfast.config.TypeLookup;
import io.holdfast.planner.cluster.Cluster;
import io.holdfast.planner.cluster.FromDocument;
import io.holdfast.planner.cluster.Node;
import io.holdfast.planner.cluster.Resource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Whole documents: {@code NAME.yaml} in, {@code NAME.txt} out: the steps, each with those it waits for, and why each instance goes where
 * it goes. Lines {@code #:} say what is: {@code node NAME attributes}, {@code lost NAME}, {@code on NODE RESOURCE results}, {@code
 * fencing}. {@code -Dgolden.write=true} writes what the engine says now; the difference is then read in review.
 */
class GoldenDocumentsTest {
    private static final Path CASES = Path.of("src/test/resources/documents");
    private static final String FACT = "#: ";

    @TestFactory
    List<DynamicTest> cases() throws IOException {
        try (Stream<Path> files = Files.list(CASES)) {
            return files.filter(file -> file.toString().endsWith(".yaml"))
                    .sorted()
                    .map(file -> DynamicTest.dynamicTest(file.getFileName().toString(), () -> check(file)))
                    .toList();
        }
    }

    private static void check(Path file) throws IOException {
        String text = text(cluster(Files.readString(file), file.toString()));
        Path golden = Path.of(file.toString().replaceAll("yaml$", "txt"));
        if (Boolean.getBoolean("golden.write")) {
            Files.writeString(golden, text);
        }
        assertThat(text).isEqualTo(Files.readString(golden));
    }

    private static Cluster cluster(String text, String name) {
        Sketch sketch = new Sketch();
        text.lines().filter(line -> line.startsWith(FACT)).forEach(line -> fact(sketch, line.substring(FACT.length())));
        Parsed parsed = ConfigParser.parse(text, name, TypeLookup.trusting(), Purpose.PLAN);
        assertThat(parsed).isInstanceOf(Parsed.Sound.class);
        Cluster status = sketch.cluster();
        Cluster with = FromDocument.with(((Parsed.Sound) parsed).configuration(), status);
        List<Resource> resources = new ArrayList<>(status.resources()); // fence devices
        resources.addAll(with.resources());
        return new Cluster(
                with.settings(),
                with.quorum(),
                with.leader(),
                with.nodes(),
                resources,
                with.locations(),
                with.colocations(),
                with.orders(),
                with.histories(),
                with.now());
    }

    private static void fact(Sketch sketch, String fact) {
        String[] words = fact.split(" ");
        switch (words[0]) {
            case "node" -> sketch.node(words[1], Node.Sight.WELL, Arrays.copyOfRange(words, 2, words.length));
            case "lost" -> sketch.lost(words[1]);
            case "on" -> sketch.on(words[1], words[2], Arrays.copyOfRange(words, 3, words.length));
            case "fencing" -> sketch.fencing();
            default -> throw new IllegalArgumentException("'" + fact + "' is no fact");
        }
    }

    private static String text(Cluster cluster) {
        Outcome outcome = Engine.plan(cluster);
        StringBuilder text = new StringBuilder("# steps\n");
        for (int i = 0; i < outcome.actions().size(); i++) {
            Outcome.Action action = outcome.actions().get(i);
            int then = i;
            List<Integer> waits = outcome.orders().stream()
                    .filter(pair -> pair.then() == then)
                    .map(pair -> pair.first() + 1)
                    .sorted()
                    .toList();
            text.append(i + 1)
                    .append(' ')
                    .append(String.join(" ", action.what(), action.resource(), action.node())
                            .strip())
                    .append(waits.isEmpty() ? "" : "  after " + waits)
                    .append('\n');
        }
        text.append("# placement\n");
        outcome.placement()
                .forEach((resource, nodes) ->
                        text.append(resource).append(' ').append(nodes).append('\n'));
        text.append("# why\n");
        for (Resource resource : cluster.resources()) {
            Engine.explain(cluster, resource.id()).stream()
                    .filter(line -> !line.startsWith(" "))
                    .forEach(line -> text.append(line).append('\n'));
        }
        return text.toString();
    }
}
