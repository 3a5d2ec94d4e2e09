package io.holdfast.testkit;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The picture in the architecture, held against the bundles that are built. */
@Tag("architecture")
final class LayersTest {
    private static final List<String> BUNDLES = List.of(
            "api",
            "model",
            "config",
            "planner",
            "cib",
            "runtime",
            "transport",
            "ledger",
            "membership",
            "fencing",
            "daemon",
            "deploy",
            "agents-ocf",
            "agents-process",
            "shell");

    private static JavaClasses classes;

    @BeforeAll
    static void read() throws IOException {
        try (Stream<Path> bundles = Files.list(Path.of("..").toAbsolutePath().normalize())) {
            List<Path> folders = bundles.filter(
                            bundle -> BUNDLES.contains(bundle.getFileName().toString()))
                    .map(bundle -> bundle.resolve("target/classes/io/holdfast"))
                    .filter(Files::isDirectory)
                    .toList();
            assertThat(folders).as("bundles that are built").hasSizeGreaterThanOrEqualTo(8);
            classes = new ClassFileImporter().importPaths(folders);
        }
    }

    @Test
    void packagesHaveNoCycles() {
        slices().matching("io.holdfast.(**)").should().beFreeOfCycles().check(classes);
    }

    @Test
    void theApiKnowsNoBundle() {
        noClasses()
                .that()
                .resideInAPackage("io.holdfast.api..")
                .should()
                .dependOnClassesThat(DescribedPredicate.describe(
                        "are of another bundle",
                        type -> type.getPackageName().startsWith("io.holdfast.")
                                && !type.getPackageName().startsWith("io.holdfast.api")))
                .check(classes);
    }

    @Test
    void enginesStayBehindTheirDoors() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.holdfast.transport..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.jgroups..")
                .check(classes);
        noClasses()
                .that()
                .resideOutsideOfPackage("io.holdfast.ledger..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.apache.ratis..")
                .check(classes);
    }

    @Test
    void whatIsInternalStaysInItsBundle() {
        com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes()
                .should(new ArchCondition<JavaClass>("use the internals of their own bundle only") {
                    @Override
                    public void check(JavaClass from, ConditionEvents events) {
                        from.getDirectDependenciesFromSelf().stream()
                                .filter(use ->
                                        use.getTargetClass().getPackageName().contains(".internal"))
                                .filter(use -> !bundle(use.getTargetClass()).equals(bundle(from)))
                                .filter(use ->
                                        use.getTargetClass().getPackageName().startsWith("io.holdfast."))
                                .forEach(use -> events.add(SimpleConditionEvent.violated(from, use.getDescription())));
                    }
                })
                .check(classes);
    }

    private static String bundle(JavaClass type) {
        String[] parts = type.getPackageName().split("\\.");
        return parts.length > 2 ? parts[2] : "";
    }
}
