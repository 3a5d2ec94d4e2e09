package io.holdfast.planner;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Whole clusters: {@code NAME/facts.yaml} in, {@code NAME/plan.txt} out. {@code -Dgolden.write=true} writes what the planner says now;
 * the difference is then read in review.
 */
class GoldenTest {
    private static final Path CASES = Path.of("src/test/resources/golden");

    @TestFactory
    List<DynamicTest> cases() throws IOException {
        try (Stream<Path> folders = Files.list(CASES)) {
            return folders.sorted()
                    .map(folder -> DynamicTest.dynamicTest(folder.getFileName().toString(), () -> check(folder)))
                    .toList();
        }
    }

    private static void check(Path folder) throws IOException {
        String text = text(Scene.of(Files.readString(folder.resolve("facts.yaml"))));
        Path golden = folder.resolve("plan.txt");
        if (Boolean.getBoolean("golden.write")) {
            Files.writeString(golden, text);
        }
        assertThat(text).isEqualTo(Files.readString(golden));
    }

    private static String text(Facts facts) {
        StringBuilder text = new StringBuilder("# plan\n");
        Plan plan = Planner.plan(facts);
        plan.actions().forEach(action -> text.append(action).append('\n'));
        plan.decisions().values().forEach(decision -> text.append(decision).append('\n'));
        text.append("wakes ").append(plan.nextWakeMillis()).append("\n\n# explained\n");
        facts.state()
                .configuration()
                .resources()
                .keySet()
                .forEach(name -> text.append(Explain.text(facts, name)).append('\n'));
        text.append("# carried out\n").append(Simulation.text(facts, List.of(), Optional.empty()));
        text.append("\n# if n1 fails\n").append(Simulation.text(facts, List.of("n1"), Optional.empty()));
        return text.toString();
    }
}
