package io.holdfast.shell;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.api.cluster.ClusterException;
import io.holdfast.api.cluster.ClusterException.Kind;
import io.holdfast.api.cluster.ClusterStatus;
import io.holdfast.api.cluster.Event;
import io.holdfast.api.cluster.FenceDeviceStatus;
import io.holdfast.api.cluster.JoinState;
import io.holdfast.api.cluster.ResourceStatus;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.TimeZone;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CommandsTest {
    private final FakeCluster cluster = new FakeCluster();
    private final Commands commands = new Commands(cluster);
    private final TimeZone zone = TimeZone.getDefault();
    private String out = "";
    private String err = "";

    @BeforeEach
    void inGreenwich() {
        TimeZone.setDefault(TimeZone.getTimeZone("UTC"));
    }

    @AfterEach
    void atHome() {
        TimeZone.setDefault(zone);
    }

    private int run(String... words) {
        return run(false, 0, words);
    }

    private int run(boolean colour, int width, String... words) {
        ByteArrayOutputStream outBytes = new ByteArrayOutputStream();
        ByteArrayOutputStream errBytes = new ByteArrayOutputStream();
        Io io = new Io(
                new PrintStream(outBytes, true, StandardCharsets.UTF_8),
                new PrintStream(errBytes, true, StandardCharsets.UTF_8),
                colour,
                width,
                "ann@n1",
                name -> {
                    if (name.equals("missing.yaml")) {
                        throw new IOException("missing.yaml: there is no such file");
                    }
                    return "cluster: demo # " + name;
                },
                () -> false);
        int code = commands.run(List.of(words), io);
        out = outBytes.toString(StandardCharsets.UTF_8);
        err = errBytes.toString(StandardCharsets.UTF_8);
        return code;
    }

    @Test
    void statusShowsEverythingAligned() {
        assertThat(run("status")).isZero();
        assertThat(out).isEqualTo("""
                        Cluster demo   revision 1234   leader n1   quorum yes

                        NODE  STATE                 VOTES  GUARD    LEASE  RUNS
                        n1 *  online                yes    armed    1.8 s  share-ip
                        n2    standby, maintenance  yes    process  1.7 s  -
                        w     online                yes    -        1.9 s  (witness: runs nothing)

                        RESOURCE  STATE   NODE  TYPE                   WHY
                        share-ip  active  n1    ocf:heartbeat:IPaddr2  n1 is preferred (score 100)
                        web       failed  -     ocf:heartbeat:nginx    start failed on n1: configuration file /etc/nginx/nginx.conf test failed; failed 2 times; will retry at 2026-11-22 20:00:00
                        """);
        assertThat(err).isEmpty();
    }

    @Test
    void statusSaysWhatIsWrongFirst() {
        cluster.status = new ClusterStatus(
                "demo",
                7,
                "",
                false,
                List.of(FakeCluster.node("n1", "node", "lost", "process", 0, false)),
                List.of(),
                List.of(
                        "n1 is lost and not fenced yet: nothing that it ran is started elsewhere before that. If you know"
                                + " that it is off, say 'ha confirm-fenced n1'."));
        assertThat(run(false, 70, "status")).isZero();
        assertThat(out).isEqualTo("""
                        Cluster demo   revision 7   leader none   quorum NO
                        Without a quorum nothing is started or moved, and what is shown here
                        may be out of date.

                        Needs attention:
                          ! n1 is lost and not fenced yet: nothing that it ran is started
                            elsewhere before that. If you know that it is off, say 'ha
                            confirm-fenced n1'.

                        NODE  STATE  VOTES  GUARD    LEASE  RUNS
                        n1    lost   yes    process  -      -

                        No resources. 'ha apply FILE' brings a cluster document in.
                        """);
    }

    @Test
    void statusSaysThatThereIsNoDocumentYet() {
        cluster.status = new ClusterStatus("", 7, "n1", true, List.of(), List.of(), List.of());
        assertThat(run(false, 70, "status")).isZero();
        assertThat(out).startsWith("No cluster document yet   revision 7   leader n1   quorum yes\n");
    }

    @Test
    void statusShowsHowOldTheProofOfEachFenceDeviceIs() {
        ClusterStatus plain = cluster.status;
        cluster.status = new ClusterStatus(
                plain.cluster(),
                plain.revision(),
                plain.leader(),
                plain.quorum(),
                plain.nodes(),
                plain.resources(),
                List.of(
                        new FenceDeviceStatus(
                                "power-n1",
                                "fence_ipmilan",
                                List.of("n1"),
                                1,
                                49_000,
                                98_000,
                                List.of(
                                        new FenceDeviceStatus.Test("n2", 240_000, true, 240_000, ""),
                                        new FenceDeviceStatus.Test("n3", 30_000, false, 3_600_000, "no answer"))),
                        new FenceDeviceStatus("disk", "fence_scsi", List.of("n1", "n2"), 2, 0, 0, List.of())),
                List.of());
        assertThat(run("status")).isZero();
        assertThat(out).endsWith("""

                        FENCE DEVICE  LEVEL  AT MOST     LAST PROOF              CUTS OFF
                        power-n1      1      1 min 38 s  4 min ago, fails on n3  n1
                        disk          2      -           never                   n1, n2
                        """);
        run("--json", "status");
        assertThat(out)
                .contains("\"fencing\": [{\"name\": \"power-n1\", \"agent\": \"fence_ipmilan\", \"nodes\": [\"n1\"],"
                        + " \"level\": 1, \"timeout_ms\": 49000, \"longest_ms\": 98000, \"proof_age_ms\": 240000,"
                        + " \"tests\": [{\"by\": \"n2\", \"age_ms\": 240000, \"ok\": true, \"proof_age_ms\": 240000,"
                        + " \"said\": \"\"}");
    }

    @Test
    void fenceTypesSaysWhatIsUsableAndWhyNot() {
        assertThat(run("fence-types")).isZero();
        assertThat(out).isEqualTo("""
                        AGENT             FOR                   USABLE
                        fence_ack_manual  -                     no: no metadata
                        fence_ipmilan     Fence agent for IPMI  yes
                        """);
        assertThat(run("--json", "fence-types")).isZero();
        assertThat(out).startsWith("[{\"name\": \"fence_ack_manual\"").contains("\"problem\": \"no metadata\"");
    }

    @Test
    void fenceTypeShowsTheParametersThatCount() {
        assertThat(run("fence-type", "fence_ipmilan")).isZero();
        assertThat(out).isEqualTo("""
                        fence_ipmilan (/usr/sbin/fence_ipmilan)
                        Fence agent for IPMI

                        PARAMETER      TYPE      DEFAULT  NEEDED  MEANING
                        auth           md5|none  -        -       IPMI Lan Auth type.
                        ip             string    -        yes     Address
                        power_timeout  second    20       -       Test X seconds
                        Holdfast sets action, and plug or port from 'nodes'. --json shows the names of old, too.
                        """);
        run("--json", "fence-type", "fence_ipmilan");
        assertThat(out).contains("\"name\": \"ipaddr\"", "\"default\": \"20\"", "\"deprecated\": true");
        assertThat(run("fence-type", "fence_x")).isEqualTo(Exit.REFUSED);
        assertThat(err).contains("no fence agent");
    }

    @Test
    void joinedSaysHowFarThisNodeHasCome() {
        assertThat(run("joined")).isZero();
        assertThat(out).isEqualTo("n1 has joined.\n");
        cluster.joinState = new JoinState("n1", false, "n1 cannot join yet: no leader", false);
        assertThat(run("--wait", "100ms", "joined")).isEqualTo(4);
        assertThat(err).isEqualTo("n1 has not joined: n1 cannot join yet: no leader\n");
        cluster.joinState = new JoinState("n1", false, "n2 refuses n1: give one of them another name", true);
        assertThat(run("--wait", "100ms", "joined")).isEqualTo(1);
        assertThat(err).isEqualTo("n1 is kept out: n2 refuses n1: give one of them another name\n");
    }

    @Test
    void coloursAreForTerminalsOnly() {
        run(true, 100, "status");
        assertThat(out).contains("\u001b[32mactive\u001b[0m", "\u001b[31;1mfailed\u001b[0m");
        String plain = out.replaceAll("\u001b\\[[0-9;]*m", "");
        run(false, 100, "status");
        assertThat(out).doesNotContain("\u001b").isEqualTo(plain);
    }

    @Test
    void statusAsJsonIsWhatScriptsRelyOn() {
        assertThat(run("--json", "status")).isZero();
        assertThat(out)
                .startsWith(
                        "{\"cluster\": \"demo\", \"revision\": 1234, \"leader\": \"n1\", \"quorum\": true, \"nodes\":"
                                + " [{\"name\": \"n1\", \"role\": \"node\", \"state\": \"online\", \"incarnation\": 17,"
                                + " \"guard\": \"armed\", ")
                .contains("\"lease_ms\": 1840")
                .contains("\"resources\": [{\"name\": \"share-ip\", \"type\": \"ocf:heartbeat:IPaddr2\", \"state\":"
                        + " \"active\", \"node\": \"n1\", \"token\": 1201, \"reason\": \"n1 is preferred (score 100)\"")
                .endsWith("\"problems\": []}\n");
    }

    @Test
    void statusShowsWhoIsPromoted() {
        cluster.status = new ClusterStatus(
                "demo",
                1,
                "n1",
                true,
                List.of(),
                List.of(copy("db:0", "n1", "promoted", 77), copy("db:1", "n2", "unpromoted", 0)),
                List.of());
        assertThat(run("status")).isZero();
        assertThat(out)
                .contains("db:0      active, promoted  n1    t     there")
                .contains("db:1      active            n2    t     there");
        run("--json", "status");
        assertThat(out).contains("\"role\": \"promoted\", \"promoted_token\": 77}", "\"role\": \"unpromoted\"");
    }

    private static ResourceStatus copy(String name, String node, String role, long right) {
        return new ResourceStatus(name, "t", "active", node, 5, "there", 0, "", role, right);
    }

    @Test
    void statusCanBeConfirmedByTheLeader() {
        assertThat(run("status", "--wait", "5s")).isZero();
        assertThat(cluster.asked).containsExactly("freshStatus[PT5S]");
    }

    @Test
    void withoutTheClusterItSaysSo() {
        cluster.present = false;
        assertThat(run("status")).isEqualTo(3);
        assertThat(err).startsWith("starting\nThe daemon of n1 is starting, or a layer is being replaced");
        assertThat(run("status", "--json")).isEqualTo(3);
        assertThat(out).contains("\"quorum\": false", "\"problems\": [\"The daemon of n1 is starting");
        assertThat(run("move", "web", "n2", "--wait", "1ms")).isEqualTo(3);
        assertThat(err).contains("takes no commands yet");
        assertThat(run("events", "--follow", "--wait", "1ms")).isEqualTo(3);
    }

    @Test
    void aLayerThatIsBeingReplacedIsWaitedFor() {
        cluster.presentAfter = 3;
        assertThat(run("start", "web")).isZero();
        assertThat(cluster.asked).containsExactly("start[web, ann@n1, PT29.7S]");
        cluster.presentAfter = 2;
        assertThat(run("export")).isZero();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "apply a.yaml | apply[cluster: demo # a.yaml, a.yaml, ann@n1, PT30S]",
                "diff a.yaml | diff[cluster: demo # a.yaml, a.yaml]",
                "explain web | explain[web]",
                "explain web --at 3 | explain[web, 3]",
                "move web n2 | move[web, n2, false, ann@n1, PT30S]",
                "move web n2 --wait | move[web, n2, true, ann@n1, PT30S]",
                "move web n2 --wait 90s | move[web, n2, true, ann@n1, PT1M30S]",
                "--wait=500ms move web n2 | move[web, n2, true, ann@n1, PT0.5S]",
                "unmove web | unmove[web, ann@n1, PT30S]",
                "start web --wait 5m | start[web, ann@n1, PT5M]",
                "stop web | stop[web, ann@n1, PT30S]",
                "retry web | retry[web, ann@n1, PT30S]",
                "standby n2 | standby[n2, ann@n1, PT30S]",
                "online n2 | online[n2, ann@n1, PT30S]",
                "maintenance on | maintenance[true, Optional.empty, ann@n1, PT30S]",
                "maintenance off web | maintenance[false, Optional[web], ann@n1, PT30S]",
                "fence n2 | fence[n2, ann@n1, PT30S]",
                "confirm-fenced n2 | confirmFenced[n2, ann@n1, PT30S]",
                "simulate --fail n1 --fail n2 | simulate[[n1, n2], Optional.empty]",
                "simulate --apply b.yaml | simulate[[], Optional[cluster: demo # b.yaml]]",
                "attribute n1 rack 7 | attribute[n1, rack, 7, ann@n1, PT30S]",
                "attribute n1 rack | attribute[n1, rack, , ann@n1, PT30S]",
                "voter add n4=10.0.0.4:7900 | voter[[add, n4=10.0.0.4:7900], ann@n1, PT30S]",
                "voter remove n3 | voter[[remove, n3], ann@n1, PT30S]",
                "upgrade-level | upgradeLevel[ann@n1, PT30S]",
                "hold 20s | hold[PT20S, PT30S]",
                "release | release[PT30S]",
                "leave | leave[PT30S]"
            })
    void commandsAreHandedOn(String line, String asked) {
        assertThat(run(line.trim().split(" "))).as(err).isZero();
        assertThat(cluster.asked).containsExactly(asked);
        assertThat(out).isEqualTo("Done.\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "move web",
                "move web n2 n3",
                "move web n2 --force",
                "start web --follow",
                "maintenance maybe",
                "voter promote n3",
                "voter add n4",
                "voter remove n4=10.0.0.1",
                "hold soon",
                "hold 0s",
                "start web --wait=never",
                "events --since yesterday",
                "events --since",
                "frobnicate"
            })
    void wrongUsageIsAnsweredWithTheUsage(String line) {
        assertThat(run(line.split(" "))).isEqualTo(2);
        assertThat(err).startsWith("ha: ").contains("\nusage: ha ");
        assertThat(out).isEmpty();
        assertThat(cluster.asked).isEmpty();
    }

    @Test
    void aNearMissIsGuessed() {
        run("maint", "on");
        assertThat(err).contains("did you mean maintenance?");
    }

    @Test
    void refusalsSayWhy() {
        cluster.answer = CompletableFuture.failedFuture(new CompletionException(
                new ClusterException(Kind.REFUSED, "There is no resource webb. Did you mean web?")));
        assertThat(run("start", "webb")).isEqualTo(1);
        assertThat(err).isEqualTo("There is no resource webb. Did you mean web?\n");
        assertThat(run("apply", "missing.yaml")).isEqualTo(1);
        assertThat(err).isEqualTo("missing.yaml: there is no such file\n");
    }

    @Test
    void withoutQuorumNothingWillTakeEffect() {
        cluster.answer =
                CompletableFuture.failedFuture(new ClusterException(Kind.NO_QUORUM, "n2 and w do not answer."));
        assertThat(run("stop", "web")).isEqualTo(4);
        assertThat(err).isEqualTo("n2 and w do not answer.\nIt was not carried out and will not be.\n");
    }

    @Test
    void anUnknownOutcomeIsSaid() {
        cluster.answer = new CompletableFuture<>();
        assertThat(run("stop", "web", "--wait", "1ms")).isEqualTo(4);
        assertThat(err).startsWith("No answer within 1 ms.\nIt may still take effect: look at 'ha status'");
        assertThat(run("explain", "web", "--wait", "1ms")).isEqualTo(4);
        assertThat(err).isEqualTo("No answer within 1 ms.\n");
    }

    @Test
    void surprisesAreNotHidden() {
        cluster.answer = CompletableFuture.failedFuture(new IllegalStateException("a bug"));
        assertThat(run("stop", "web")).isEqualTo(1);
        assertThat(err).contains("failed unexpectedly", "a bug");
    }

    @Test
    void eventsAreOneLineEach() {
        cluster.events.add(new Event(1200, 0, 1_795_000_000_000L, "n1", "web", "info", "web is active on n1."));
        cluster.events.add(new Event(1234, 0, 1_795_000_001_000L, "n1", "", "error", "n1 is lost:\nsilent for 2 s."));
        assertThat(run("events")).isZero();
        assertThat(out).isEqualTo("""
                            1200  2026-11-18 11:06:40        web is active on n1.
                            1234  2026-11-18 11:06:41  ERROR n1 is lost: silent for 2 s.
                        """);
        run("events", "--since", "1200", "--json");
        assertThat(out)
                .isEqualTo(
                        "{\"revision\": 1234, \"order\": 0, \"time\": \"2026-11-18T11:06:41Z\", \"node\": \"n1\","
                                + " \"resource\": \"\", \"severity\": \"error\", \"text\": \"n1 is lost:\\nsilent for 2 s.\"}\n");
    }

    @Test
    void attributesAreListed() {
        assertThat(run("attributes")).isZero();
        assertThat(out).isEqualTo("""
                        NODE  ATTRIBUTE  VALUE
                        n1    load       0.3
                        n1    types      cifs process
                        n2    load       1.5
                        """);
        run("attributes", "n2", "--json");
        assertThat(out).isEqualTo("{\"n2\": {\"load\": \"1.5\"}}\n");
        assertThat(run("attributes", "n9")).isEqualTo(1);
        assertThat(err).contains("known are n1, n2");
    }

    @Test
    void helpListsAllCommands() {
        assertThat(run("help")).isZero();
        for (Commands.Command command : commands.all()) {
            assertThat(out).contains(command.name());
        }
        assertThat(run("help", "move")).isZero();
        assertThat(out).startsWith("usage: ha move RESOURCE NODE [--wait [DURATION]]\nMoves a resource");
        assertThat(run("move", "--help")).isZero();
        assertThat(out).startsWith("usage: ha move");
        assertThat(run()).isEqualTo(2);
    }

    @Test
    void exportPrintsTheDocument() {
        assertThat(run("export")).isZero();
        assertThat(out).isEqualTo("cluster: demo\n");
    }
}
