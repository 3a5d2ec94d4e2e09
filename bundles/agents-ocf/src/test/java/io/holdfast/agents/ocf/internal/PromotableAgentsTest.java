package io.holdfast.agents.ocf.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.holdfast.api.resource.Health;
import io.holdfast.api.resource.Promotable;
import io.holdfast.api.resource.Promotion;
import io.holdfast.api.resource.ResourceException;
import io.holdfast.api.resource.ResourceType;
import io.holdfast.testkit.resource.Bench;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Agents that know promote and demote. */
class PromotableAgentsTest {
    private static final String META_DATA = """
            [ "$1" != meta-data ] || { cat <<'END'
            <?xml version="1.0"?><resource-agent name="primary"><shortdesc>Primary</shortdesc>
            <parameters><parameter name="file"><content type="string"/></parameter></parameters>
            <actions><action name="start" timeout="5s"/><action name="stop" timeout="5s"/>
            <action name="promote" timeout="6s"/><action name="demote" timeout="7s"/>
            <action name="monitor" timeout="5s" interval="5s"/></actions></resource-agent>
            END
            exit 0; }
            """;

    @TempDir
    Path root;

    private Agents agents;

    @BeforeEach
    void folder() throws Exception {
        agents = new Agents(root);
    }

    private ResourceType primary(String name, String body) throws Exception {
        return agents.raw(name, META_DATA + body);
    }

    private Bench bench(ResourceType type) {
        return new Bench(type, "db", Map.of("file", root.resolve("seen").toString()), System::nanoTime);
    }

    @Test
    void isPromotableIfItKnowsBothActions() throws Exception {
        ResourceType type = primary("primary", "exit 0");
        assertThat(type).isInstanceOf(Promotable.class);
        assertThat(type.describe().promotion()).contains(new Promotion(Duration.ofSeconds(6), Duration.ofSeconds(7)));
        ResourceType little = agents.little("little", "exit 0");
        assertThat(little).isNotInstanceOf(Promotable.class);
        assertThat(little.describe().promotion()).isEmpty();
    }

    @Test
    void tellsTheRoleThatAMonitorFinds() throws Exception {
        ResourceType type = primary("roles", """
                case $1 in
                    promote) echo 8 >"$OCF_RESKEY_file" ;;
                    start|demote) echo 0 >"$OCF_RESKEY_file" ;;
                    stop) rm -f "$OCF_RESKEY_file" ;;
                    monitor) [ -f "$OCF_RESKEY_file" ] || exit 7; exit "$(cat "$OCF_RESKEY_file")" ;;
                esac""");
        try (Bench bench = bench(type)) {
            bench.start();
            assertThat(bench.monitor()).isInstanceOf(Health.Running.class);
            bench.promote();
            assertThat(bench.monitor()).isInstanceOf(Health.Promoted.class);
            bench.demote();
            assertThat(bench.monitor()).isInstanceOf(Health.Running.class);
            Files.writeString(root.resolve("seen"), "9");
            assertThat(bench.monitor())
                    .isInstanceOfSatisfying(
                            Health.Failed.class,
                            failed -> assertThat(failed.reason()).contains("failed while promoted"));
            bench.stop();
            assertThat(bench.monitor()).isInstanceOf(Health.NotRunning.class);
        }
    }

    @Test
    void saysWhyAPromotionFailed() throws Exception {
        ResourceType type = primary("fails", "[ $1 = promote ] || exit 0; echo 'ocf-exit-reason:data is old'; exit 1");
        try (Bench bench = bench(type)) {
            bench.start();
            assertThatThrownBy(bench::promote)
                    .isInstanceOf(ResourceException.class)
                    .hasMessageContaining("promote failed");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "crm_master -l reboot -v 50, 50",
        "crm_master -Q -v 100 -l reboot, 100",
        "crm_master -v INFINITY, 1000000",
        "crm_master -v -INFINITY, -1000000",
        "crm_attribute -p -v 5, 5",
        "crm_attribute --promotion --update=-7, -7",
        "crm_attribute -n master-db -l reboot -N n1 -v 12, 12",
        "crm_attribute -p -v 99999999, 1000000",
        "$HA_SBIN_DIR/crm_master -v 3, 3"
    })
    void keepsTheScoreThatAgentsSay(String call, int score) throws Exception {
        ResourceType type = primary("says", "[ $1 != start ] || " + call);
        try (Bench bench = bench(type)) {
            bench.start();
            assertThat(bench.promotionScore()).hasValue(score);
        }
    }

    @Test
    void givesTheScoreBackAndTakesItBack() throws Exception {
        ResourceType type = primary("asks", """
                case $1 in
                    start)
                        crm_master -G -Q -d 4 >"$OCF_RESKEY_file"
                        crm_master -v 50
                        crm_attribute -p -G -Q >>"$OCF_RESKEY_file"
                        crm_node -n >>"$OCF_RESKEY_file" ;;
                    monitor) crm_master -D; crm_master -G; echo $? >>"$OCF_RESKEY_file" ;;
                esac""");
        try (Bench bench = bench(type)) {
            bench.start();
            assertThat(Files.readAllLines(root.resolve("seen"))).containsExactly("4", "50", "n1");
            bench.monitor();
            assertThat(bench.promotionScore()).isEmpty();
            assertThat(Files.readAllLines(root.resolve("seen"))).endsWith("105");
        }
    }

    @Test
    void forgetsTheScoreOfBeforeWithAStart() throws Exception {
        ResourceType type = primary("once", """
                case $1 in
                    start) crm_master -G -Q >"$OCF_RESKEY_file" || echo none >"$OCF_RESKEY_file"; crm_master -v 9 ;;
                esac""");
        try (Bench bench = bench(type)) {
            bench.start();
            bench.stop();
            bench.start();
            assertThat(Files.readAllLines(root.resolve("seen"))).containsExactly("none");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "crm_attribute -n db-status -v PRI, 'attribute .db-status. is not kept'",
        "crm_attribute --type crm_config --name x -s set -v 1, '.-s. is not understood here'",
        "crm_master -N elsewhere -v 5, 'that of elsewhere is said there'",
        "crm_master -v much, 'is no score'",
        "crm_master -v 1-2, 'is no score'",
        "crm_master -v, 'value is missing'"
    })
    void refusesWhatItDoesNotKeep(String call, String why) throws Exception {
        ResourceType type =
                primary("refused", "[ $1 != start ] || { " + call + " 2>&1 || echo ocf-exit-reason:refused; exit 1; }");
        try (Bench bench = bench(type)) {
            assertThatThrownBy(bench::start).isInstanceOf(ResourceException.class);
            assertThat(bench.promotionScore()).isEmpty();
        }
        ResourceType told = primary("told", "[ $1 != start ] || { " + call + " 2>\"$OCF_RESKEY_file\"; exit 0; }");
        try (Bench bench = bench(told)) {
            bench.start();
            assertThat(Files.readString(root.resolve("seen"))).containsPattern(why);
        }
    }

    /** Debian's example of an agent of this kind, as it is. */
    @Test
    void runsTheExampleOfResourceAgents() throws Exception {
        assumeThat(Path.of("/usr/lib/ocf/resource.d/heartbeat/Stateful")).isExecutable();
        ResourceType type = agents.family().find("ocf:heartbeat:Stateful").orElseThrow();
        try (Bench bench =
                new Bench(type, "db", Map.of("state", root.resolve("state").toString()), System::nanoTime)) {
            assertThat(bench.monitor()).isInstanceOf(Health.NotRunning.class);
            bench.start();
            assertThat(bench.promotionScore()).hasValue(5);
            assertThat(bench.monitor()).isInstanceOf(Health.Running.class);
            bench.promote();
            assertThat(bench.promotionScore()).hasValue(10);
            assertThat(bench.monitor()).isInstanceOf(Health.Promoted.class);
            bench.demote();
            assertThat(bench.promotionScore()).hasValue(5);
            bench.stop();
            assertThat(bench.promotionScore()).isEmpty();
            assertThat(bench.monitor()).isInstanceOf(Health.NotRunning.class);
        }
    }
}
