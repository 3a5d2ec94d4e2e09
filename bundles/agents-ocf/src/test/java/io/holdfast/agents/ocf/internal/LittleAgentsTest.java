package io.holdfast.agents.ocf.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.api.resource.Health;
import io.holdfast.api.resource.Problem;
import io.holdfast.api.resource.ResourceException;
import io.holdfast.api.resource.ResourceType;
import io.holdfast.testkit.resource.Bench;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LittleAgentsTest {
    @TempDir
    Path root;

    private Agents agents;

    @BeforeEach
    void folder() throws Exception {
        agents = new Agents(root);
    }

    private static Bench bench(ResourceType type, Map<String, String> parameters) {
        return new Bench(type, "little", parameters, System::nanoTime);
    }

    @Test
    void givesTheAgentWhatOcfPromises() throws Exception {
        ResourceType type = agents.little("env", "env >\"$OCF_RESKEY_file.$1\"");
        Path file = root.resolve("seen");
        try (Bench bench = bench(type, Map.of("file", file.toString()))) {
            bench.start();
            assertThat(Files.readAllLines(Path.of(file + ".start")))
                    .contains(
                            "OCF_ROOT=" + root,
                            "OCF_FUNCTIONS_DIR=/usr/lib/ocf/lib/heartbeat",
                            "OCF_RA_VERSION_MAJOR=1",
                            "OCF_RA_VERSION_MINOR=1",
                            "OCF_RESOURCE_INSTANCE=little",
                            "OCF_RESOURCE_TYPE=env",
                            "OCF_RESOURCE_PROVIDER=test",
                            "OCF_RESKEY_file=" + file,
                            "OCF_RESKEY_CRM_meta_interval=0",
                            "HA_RSCTMP=" + root.resolve("base/run/ocf"),
                            "HOLDFAST_TOKEN=1",
                            "HOLDFAST_NODE=n1",
                            "HOLDFAST_RESOURCE=little")
                    .anyMatch(line -> line.startsWith("OCF_RESKEY_CRM_meta_timeout=4")
                            || line.equals("OCF_RESKEY_CRM_meta_timeout=5000"));
        }
        assertThat(Path.of(file + ".stop"))
                .as("its own stop is the release command")
                .exists();
    }

    @ParameterizedTest
    @CsvSource({
        "1,false,failed",
        "2,true,does not accept",
        "3,true,does not know this action",
        "4,true,lacks permission",
        "5,true,not installed here",
        "6,true,not configured correctly",
        "7,false,not running",
        "99,false,which OCF does not know"
    })
    void tellsWhyAStartFailed(int code, boolean permanent, String meaning) throws Exception {
        ResourceType type = agents.little(
                "code" + code,
                "[ $1 = start ] || exit 0; echo noise >&2; echo 'ocf-exit-reason:the moon is full' >&2; exit " + code);
        try (Bench bench = bench(type, Map.of())) {
            assertThatThrownBy(bench::start)
                    .hasMessageContaining("ocf:test:code" + code + " start")
                    .hasMessageContaining(meaning)
                    .hasMessageContaining(": the moon is full")
                    .isInstanceOfSatisfying(
                            ResourceException.class,
                            failure -> assertThat(failure.permanent()).isEqualTo(permanent));
        }
    }

    @Test
    void keepsWhatIsNoTextOutOfItsReasons() throws Exception {
        ResourceType type = agents.little("babbles", "[ $1 = start ] || exit 0; head -c 3000 /dev/urandom >&2; exit 1");
        try (Bench bench = bench(type, Map.of())) {
            assertThatThrownBy(bench::start).hasMessageEndingWith(": (it wrote what is no text)");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "0,Running",
        "7,NotRunning",
        "8,Running",
        "9,Failed",
        "1,Failed",
        "5,NotRunning",
        "6,Failed",
        "3,Unknown",
        "137,Unknown"
    })
    void readsWhatAMonitorSays(int code, String health) throws Exception {
        ResourceType type = agents.little("m" + code, "[ $1 = monitor ] || exit 0; exit " + code);
        try (Bench bench = bench(type, Map.of())) {
            assertThat(bench.monitor().getClass().getSimpleName()).isEqualTo(health);
        }
    }

    @Test
    void asksTheAgentToValidate() throws Exception {
        ResourceType type = agents.little("v", "[ $1 = validate-all ] || exit 0; echo 'no such colour' >&2; exit 6");
        try (Bench bench = bench(type, Map.of())) {
            assertThat(bench.validate())
                    .extracting(Problem::toString)
                    .containsExactly(
                            "ocf:test:v validate-all is not configured correctly (exit code 6): no such colour;"
                                    + " correct the parameters");
        }
    }

    @Test
    void refusesWhatItsKillTimeCannotStop() throws Exception {
        agents.little("VirtualDomain", "exit 0"); // its stop takes up to 5 s
        for (String enough : List.of("6s", "6000ms", "0.1m", "2m")) {
            ResourceType type = with(root, enough);
            try (Bench bench = bench(type, Map.of())) {
                assertThat(bench.validate()).as(enough).isEmpty();
            }
        }
        for (String little : List.of("250ms", "5.999s", "")) {
            try (Bench bench = bench(with(root, little), Map.of())) {
                assertThat(bench.validate())
                        .as(little)
                        .singleElement()
                        .asString()
                        .contains("ocf:test:VirtualDomain", "outside its cell", "libvirt", "guard.kill = 6s");
                assertThatThrownBy(bench::start)
                        .hasMessageContaining("guard.kill = 6s")
                        .isInstanceOfSatisfying(
                                ResourceException.class,
                                failure -> assertThat(failure.permanent()).isTrue());
            }
        }
        try (Bench bench = bench(agents.little("other", "exit 0"), Map.of())) {
            assertThat(bench.validate()).isEmpty();
        }
    }

    private static ResourceType with(Path root, String kill) throws Exception {
        return new OcfAgents(List.of(root), root.resolve("base"), WorkElsewhere.killTime(Map.of("guard.kill", kill)))
                .find("ocf:test:VirtualDomain")
                .orElseThrow();
    }

    @Test
    void givesItsOwnStopTheTimeItNeeds() throws Exception {
        Path stopped = root.resolve("stopped");
        ResourceType type =
                agents.little("slowly", "[ $1 = stop ] || exit 0; env >" + root.resolve("env") + "; touch " + stopped);
        try (Bench bench = bench(type, Map.of())) {
            bench.start();
            bench.kill();
        }
        assertThat(stopped).exists();
        assertThat(Files.readAllLines(root.resolve("env"))).contains("HOLDFAST_RELEASE_MS=7000");
    }

    @Test
    void neverTakesAHangForAnAnswer() throws Exception {
        ResourceType type = agents.little("hangs", "[ $1 = stop ] && exit 0; sleep 100 & sleep 100");
        try (Bench bench = bench(type, Map.of())) {
            assertThatThrownBy(() -> bench.start(Duration.ofMillis(300))).hasMessageContaining("in time");
            assertThat(bench.monitor(Duration.ofMillis(300))).isInstanceOf(Health.Unknown.class);
        }
    }

    @Test
    void bearsAFlood() throws Exception {
        ResourceType type =
                agents.little("floods", "[ $1 = stop ] && exit 0; head -c 5000000 /dev/zero | tr '\\0' x >&2; exit 1");
        try (Bench bench = bench(type, Map.of())) {
            assertThatThrownBy(bench::start)
                    .satisfies(
                            failure -> assertThat(failure.getMessage().length()).isLessThan(500));
        }
    }

    @Test
    void doesNotWaitForWhatRunsInTheBackground() throws Exception {
        ResourceType type = agents.little("forks", "[ $1 = start ] && { sleep 100 & } ; exit 0");
        try (Bench bench = bench(type, Map.of())) {
            bench.start(Duration.ofSeconds(2));
            assertThat(bench.processes()).hasSize(1);
        }
    }

    @Test
    void refusesAnAgentThatDoesNotSayWhatItIs() throws Exception {
        refused(agents.raw("rubbish", "echo '<<<'"), "no XML");
        refused(agents.raw("silent", "exit 0"), "(nothing)");
        refused(agents.raw("failing", "exit 5"), "not installed");
        refused(agents.raw("talks", "yes"), "longer than");
        refused(agents.raw("child", "sleep 100 & exit 0"), "(nothing)");
    }

    private static void refused(ResourceType type, String reason) throws Exception {
        try (Bench bench = bench(type, Map.of())) {
            assertThat(bench.validate()).extracting(Problem::what).allMatch(what -> what.contains(reason));
            assertThatThrownBy(bench::start)
                    .hasMessageContaining(reason)
                    .isInstanceOfSatisfying(
                            ResourceException.class,
                            failure -> assertThat(failure.permanent()).isTrue());
        }
    }

    @Test
    void readsMetaDataAgainWhenTheFileChanges() throws Exception {
        agents.raw("changing", "exit 5");
        ResourceType type = agents.little("changing", "exit 0");
        assertThat(type.describe().summary()).isEqualTo("Little");
    }

    @Test
    void findsAgentsByFilesAlone() throws Exception {
        agents.little("one", "exit 0");
        Files.writeString(root.resolve("resource.d/test/notes.txt"), "not executable");
        Files.createDirectories(root.resolve("resource.d/test/folder"));
        assertThat(agents.family().names())
                .contains("ocf:test:one", "ocf:heartbeat:IPaddr2")
                .doesNotContain("ocf:test:notes.txt", "ocf:test:folder")
                .isSorted();
        assertThat(agents.family().find("ocf:test:none")).isEmpty();
        assertThat(agents.family().find("ocf:test:../test/one")).isEmpty();
        assertThat(agents.family().find("ocf:..:one")).isEmpty();
    }
}
