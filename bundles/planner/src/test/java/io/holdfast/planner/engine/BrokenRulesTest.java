package io.holdfast.planner.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Breaks one rule of the engine after the other in a copy of its source, and asks the tests of this package whether they notice. A
 * break whose text is not in the source any more fails too: write a new one.
 */
class BrokenRulesTest {
    private static final Path SOURCES = Path.of("src/main/java/io/holdfast/planner/engine");
    private static final Path CLASSES = Path.of("target/classes");
    private static final Path TESTS = Path.of("target/test-classes");
    private static final List<String> JUDGES = List.of("RulesByExampleTest", "FewestMovesTest", "EnginePropertyTest");

    @TempDir
    private Path folder;

    @Test
    void theWholeEngineIsSound() throws Exception {
        assertThat(complaint()).isEmpty();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    infinity beats a ban                 | Scores          | `a <= -INFINITY || b <= -INFINITY` | a <= -INFINITY && b <= -INFINITY
                    nobody likes to stay                 | LocationRules   | piece.stickiness >= 1                                | piece.stickiness >= 2_000_000
                    below nothing is good enough         | Site            | score >= 0                                           | score > -Scores.INFINITY
                    members of a group go anywhere       | Bonds           | for (int i = 1; i < piece.children.size(); i++)      | for (int i = 99; i < piece.children.size(); i++)
                    followers have no say                | Wishes          | if (!bond.influences(bond.primary()))                | if (bond.score() != 0)
                    followers follow nobody              | Following       | place(dependent, primary, bond);                     | role(dependent, primary, bond);
                    optional orders are musts            | OrderRules      | case OPTIONAL -> Link.SAID                           | `case OPTIONAL -> Link.SAID | Link.FIRST_IMPLIES`
                    a restart spares who comes after     | Propagation     | link.is(Link.FIRST_IMPLIES) && !first.migratable     | false && !first.migratable
                    what cannot start stops nobody       | Propagation     | link.is(Link.BLOCKS) && !first.runnable              | false && !first.runnable
                    starts do not wait for fencing       | FenceRules      | if (piece.needs.compareTo(Piece.Needs.FENCING) >= 0) | if (piece.priority > Scores.INFINITY)
                    quorum does not matter               | StepBook        | if (world.quorum) {                                  | `if (world.quorum || !world.quorum) {`
                    failures are not counted             | LocationRules   | count >= piece.threshold                             | count > Scores.INFINITY
                    failures are never forgotten         | FailCounts      | last > 0 && world.now > last                         | last < 0 && world.now > last
                    instances are piled up               | InstanceAssigner| clone.counts[chosen]++                               | clone.counts[chosen] += 0
                    instances go where clones do not     | InstanceAssigner| clone.table[node] < 0                                | clone.table[node] == Scores.ABSENT
                    a follower bans a clone              | Wishes          | if (sparing && sum < 0 && work[node] >= 0)           | if (sparing && sum < 0 && work[node] > 0)
                    the worst is promoted                | Promotion       | -rank(instance, promoted)                            | rank(instance, promoted)
                    those without a score are promoted   | Promotion       | score == null ? -1 : score                           | score == null ? 1 : score
                    there is always room                 | Capacity        | if (needed[kind] > free[kind])                       | if (needed[kind] < 0)
                    priority does not count              | Assigner        | -piece.priority                                      | 0
                    nothing migrates                     | RoleSteps       | return piece.migratable                              | return piece.failed
                    standby nodes are used               | Site            | !standby                                             | !unseen
                    twice active is well                 | RoleSteps       | if (multiple                                         | if (clean < 0 && multiple
                    a group starts in any order          | InnerOrders     | book.order(previous, Task.START, member, Task.START  | book.order(member, Task.STOP, member, Task.START
                    the health of nodes is not looked at | LocationRules   | startsWith("#health")                                | startsWith("#wealth")
                    on-fail=stop restarts                | FailureRules    | `task.equals("stop") ? usual : Failure.STOP`         | usual
                    serialize is the first word          | OrderRules      | case SERIALIZE -> Link.ORDER;                        | case SERIALIZE -> Link.SAID;
                    sets are serialized in part          | OrderRules      | for (Piece earlier : pieces.subList(0, i))           | for (Piece earlier : pieces.subList(i - 1, i))
                    no rack is no rack                   | Bond            | left == null ? right == null                         | left == null ? false
                    a process is not yet a member        | SiteStatus      | return sight.member() == Answer.YES;                 | return process;
                    a group comes before others leave    | Linker          | first.site >= 0 && then.site >= 0 &&                 | true &&
                    no attribute is zero                 | LocationRules   | value == null ? Scores.ABSENT                        | value == null ? 0
                    exclusive counts for members          | LocationRules   | && piece.parent == null                              | && piece != null
                    what is left over stays              | InstanceAssigner| `instance.removed || `                               | ``
                    members need not be promotable       | Promotion       | member.location(), member.priority)                  | member.location(), 0)
                    a migration restarts who comes after | Propagation     | boolean goesOn = then.migratable                      | boolean goesOn = then.dangling
                    migrations go before anybody is fenced | FenceRules    | && !migrates) {                                      | `) {`
                    what is left over starts again       | HistoryOwner    | Arrays.fill(piece.table, -Scores.INFINITY)           | piece.banEverywhere()
                    migrations wait for each other       | StepBook        | first.migratable ? Link.EARNEST : Link.ORDER         | first.migratable ? Link.ORDER : Link.ORDER
                    what was started has no role yet     | HistoryReader   | instance && piece.promotable                         | instance && piece.failed
                    what was on the lost is forgotten    | HistoryReader   | `.online || world.fencing)`                          | `.online || world.stopAll)`
                    a circle is cut anywhere             | StepBook        | `leaves ? kind | Link.YIELDS : kind`                 | kind
                    the first gives way for room         | Acyclic         | Collections.reverse(thens);                          | thens.sort(null);
                    wrong configuration is tried again   | HistoryReader   | clone : piece); // the earlier                       | clone : piece.top()); // the earlier
                    """)
    void isNoticed(String what, String file, String text, String instead) throws Exception {
        Path source = SOURCES.resolve(file + ".java");
        String sound = Files.readString(source);
        assertThat(sound).as("the text to break in %s", source).contains(text);
        Path broken = folder.resolve(file + ".java");
        Files.writeString(broken, sound.replace(text, instead));
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        assertThat(compiler).as("a compiler: the tests need a JDK").isNotNull();
        int result = compiler.run(
                null,
                null,
                null,
                "-nowarn",
                "-proc:none",
                "-d",
                folder.toString(),
                "-cp",
                CLASSES + java.io.File.pathSeparator + System.getProperty("java.class.path"),
                broken.toString());
        assertThat(result).as("%s compiles", what).isZero();
        assertThat(complaint()).as("%s, and no test noticed", what).isPresent();
    }

    /** The first failure of a judge, if there is one. */
    private Optional<String> complaint() throws Exception {
        try (URLClassLoader loader = new Copies(folder, CLASSES, TESTS)) {
            for (String judge : JUDGES) {
                Class<?> test = loader.loadClass("io.holdfast.planner.engine." + judge);
                for (Method method : sorted(test)) {
                    Optional<String> failure = run(test, method);
                    if (failure.isPresent()) {
                        return failure;
                    }
                }
            }
        }
        return Optional.empty();
    }

    private static List<Method> sorted(Class<?> test) {
        return Stream.of(test.getDeclaredMethods())
                .sorted(Comparator.comparing(Method::getName))
                .toList();
    }

    /** Runs a test; one with seeds only with the first. */
    private static Optional<String> run(Class<?> test, Method method) throws ReflectiveOperationException {
        ValueSource seeds = method.getAnnotation(ValueSource.class);
        if (seeds == null && !method.isAnnotationPresent(Test.class)) {
            return Optional.empty();
        }
        var constructor = test.getDeclaredConstructor();
        constructor.setAccessible(true);
        method.setAccessible(true);
        try {
            method.invoke(constructor.newInstance(), seeds == null ? new Object[0] : new Object[] {seeds.longs()[0]});
            return Optional.empty();
        } catch (InvocationTargetException e) {
            return Optional.of(method.getName() + ": " + e.getCause());
        }
    }

    /** Loads the planner anew, what is broken first; everything else is shared. */
    private static final class Copies extends URLClassLoader {
        Copies(Path... folders) {
            super(Arrays.stream(folders).map(Copies::url).toArray(URL[]::new), BrokenRulesTest.class.getClassLoader());
        }

        private static URL url(Path folder) {
            try {
                return folder.toUri().toURL();
            } catch (MalformedURLException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.startsWith("io.holdfast.planner.")) {
                return super.loadClass(name, resolve);
            }
            synchronized (getClassLoadingLock(name)) {
                Class<?> known = findLoadedClass(name);
                return known == null ? findClass(name) : known;
            }
        }
    }
}
