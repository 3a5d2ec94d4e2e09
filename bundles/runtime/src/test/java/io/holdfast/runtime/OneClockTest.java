package io.holdfast.runtime;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Clock, threads and sleep are in this bundle alone, so that a simulator can replace them. */
@Tag("architecture")
class OneClockTest {
    /**
     * This bundle; programs of their own; the layers that hold an engine with threads of its own; the socket that always answers, and
     * the guard's deputy, which acts whatever the loop does.
     */
    private static final List<String> EXEMPT = List.of(
            "/bundles/runtime/",
            "/bundles/guard/",
            "/bundles/ha-client/",
            "/bundles/jgroups/",
            "/bundles/ratis/",
            "/bundles/transport/",
            "/bundles/ledger/",
            "/bundles/shell/src/main/java/io/holdfast/shell/HaSocket",
            "/bundles/fencing/src/main/java/io/holdfast/fencing/internal/GuardLinkComponent",
            "/bundles/testkit/src/main/java/io/holdfast/testkit/Simulate.java",
            "/bundles/testkit/src/main/java/io/holdfast/testkit/resource/");

    private static final Set<String> CALLS = Set.of(
            "java.lang.System.nanoTime",
            "java.lang.System.currentTimeMillis",
            "java.time.Instant.now",
            "java.time.LocalDateTime.now",
            "java.lang.Thread.sleep",
            "java.lang.Thread.<init>",
            "java.util.Timer.<init>");
    private static final Pattern WORDS = Pattern.compile(
            "System\\.(nanoTime|currentTimeMillis)|Instant\\.now\\(\\)|Thread\\.sleep|"
                    + "new Thread\\(|new Timer\\(\\)|Executors\\.new|CompletableFuture\\.(supply|run)Async|Clock\\.system");

    private static final Path BUNDLES = Path.of("..").toAbsolutePath().normalize();

    /** In the classes that are built already: the compiler's view, imports and all. */
    @Test
    void noClassCallsThem() throws IOException {
        List<Path> folders = new ArrayList<>();
        try (Stream<Path> bundles = Files.list(BUNDLES)) {
            bundles.filter(bundle -> !exempt(bundle + "/"))
                    .map(bundle -> bundle.resolve("target/classes/io"))
                    .filter(Files::isDirectory)
                    .forEach(folders::add);
        }
        assertThat(folders).isNotEmpty();
        JavaClasses classes = new ClassFileImporter()
                .importPaths(folders)
                .that(DescribedPredicate.describe("not exempt", type -> !exempt(source(type))));
        noClasses()
                .should()
                .accessTargetWhere(new DescribedPredicate<JavaAccess<?>>("it is a clock, a thread or sleep") {
                    @Override
                    public boolean test(JavaAccess<?> access) {
                        return CALLS.contains(access.getTargetOwner().getFullName() + "."
                                + access.getTarget().getName());
                    }
                })
                .because("time and threads come in through io.holdfast.api.runtime")
                .check(classes);
    }

    private static String source(JavaClass type) {
        String[] parts = type.getPackageName().split("\\.");
        String bundle = parts.length > 2 ? parts[2] : "";
        return "/bundles/" + bundle + "/src/main/java/"
                + type.getFullName().replace('.', '/').replaceAll("\\$.*", "") + ".java";
    }

    /** In all sources, also of bundles that are built after this one. */
    @Test
    void noSourceNamesThem() throws IOException {
        List<String> found = new ArrayList<>();
        for (Path file : sources()) {
            List<String> lines = Files.readAllLines(file);
            for (int i = 0; i < lines.size(); i++) {
                String code = lines.get(i).replaceAll("//.*|^\\s*\\*.*|\"[^\"]*\"", "");
                if (WORDS.matcher(code).find()) {
                    found.add(BUNDLES.relativize(file) + ":" + (i + 1) + ": "
                            + lines.get(i).strip());
                }
            }
        }
        assertThat(found)
                .as("time and threads come in through io.holdfast.api.runtime")
                .isEmpty();
    }

    private static List<Path> sources() throws IOException {
        List<Path> sources = new ArrayList<>();
        try (Stream<Path> bundles = Files.list(BUNDLES)) {
            for (Path folder : bundles.map(bundle -> bundle.resolve("src/main/java"))
                    .filter(Files::isDirectory)
                    .toList()) {
                try (Stream<Path> files = Files.walk(folder)) {
                    files.filter(file -> file.toString().endsWith(".java"))
                            .filter(file -> !exempt(file.toString()))
                            .forEach(sources::add);
                }
            }
        }
        return sources;
    }

    private static boolean exempt(String path) {
        return EXEMPT.stream().anyMatch(path::contains);
    }
}
