package io.holdfast.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * Three real nodes in network namespaces, an address by the real OCF agent and a real process, under real faults. An observer outside
 * looks every 10 ms who serves.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class NodesIT {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final Duration LEASE = Duration.ofSeconds(2);
    /** Of a busy machine; the benchmark measures. */
    private static final long AT_ONCE_MS = 5_000;

    /** A busy machine makes smaller ones; what was stopped and started is seen by its processes and token. */
    private static final long GAP_MS = 1_000;

    private Lab lab;
    private Watcher watcher;

    @BeforeAll
    void start() throws IOException {
        lab = new Lab(
                Path.of(System.getProperty("holdfast.installation")),
                Files.createTempDirectory("holdfast-nodes"),
                LEASE,
                List.of("n1", "n2", "n3"));
        lab.startAll();
        // A death must be seen at once: the monitor comes too late for any test here.
        lab.node("n1").ha("apply", Examples.site(lab, "120s").toString());
        watcher = new Watcher(lab, Examples.PORT);
        watcher.await("", LIMIT);
    }

    @BeforeEach
    void settle() {
        lab.settle();
        watcher.await("", LIMIT);
    }

    @AfterEach
    void neverTwo() {
        watcher.await("", LIMIT);
        Waiting.pause(Duration.ofMillis(300)); // the observer tells a node's end 100 ms late
        assertThat(watcher.breaches()).isEmpty();
    }

    @AfterAll
    void end() {
        if (watcher != null) {
            watcher.close();
        }
        if (lab != null) {
            lab.close();
            lab.deleteFolder();
        }
    }

    private String another(Node than) {
        return lab.powered().stream()
                .filter(node -> node != than)
                .findFirst()
                .orElseThrow()
                .name();
    }

    private void awaitElsewhere(Node than) {
        Waiting.until(
                "the service answers from another node than " + than.name(),
                LIMIT,
                () -> watcher.answering() && !watcher.lastAnswer().orElse("").startsWith(than.name() + " "),
                () -> "last answer: " + watcher.lastAnswer());
    }

    private static long token(Watcher watcher) {
        return Long.parseLong(watcher.lastAnswer().orElseThrow().split(" ")[1]);
    }

    @Test
    void anotherNodeTakesOverWhenTheActiveOneDies() {
        Node holder = lab.holder("service");
        long before = token(watcher);
        holder.powerOff();
        awaitElsewhere(holder);
        assertThat(token(watcher)).isGreaterThan(before);
        assertThat(lab.powered().get(0).ha("events")).contains(holder.name()).contains("fenced");
    }

    @Test
    void aCutOffNodeStopsByItselfAndComesBack() {
        Node holder = lab.holder("service");
        holder.plugged(false);
        awaitElsewhere(holder);
        assertThat(holder.processesOf("service"))
                .as("processes on the node that is cut off")
                .isEmpty();
        assertThat(holder.attemptInside(5, "ip", "-4", "addr", "show", "dev", "eth0")
                        .output())
                .doesNotContain(Lab.SERVICE_ADDRESS);
    }

    @Test
    void aKilledServiceIsRestartedInPlaceAtOnce() {
        Node holder = lab.holder("service");
        long before = token(watcher);
        long began = Probe.nowMs();
        List<Long> killed = kill(holder);
        Waiting.until(
                "other processes of the service answer",
                LIMIT,
                () -> holder.processesOf("service").stream().anyMatch(pid -> !killed.contains(pid))
                        && watcher.answering()
                        && watcher.longestOutageSince(began) > 0,
                () -> holder.ha("status"));
        assertThat(watcher.longestOutageSince(began)).isLessThan(AT_ONCE_MS);
        assertThat(watcher.lastAnswer().orElse("")).startsWith(holder.name() + " ");
        assertThat(token(watcher)).isEqualTo(before);
    }

    @Test
    void aFailureLeadsToWhatTheDocumentSays() throws IOException {
        Path site = Examples.site(lab, "120s");
        String usual = Files.readString(site);
        try {
            applyOnFail(site, usual, "block");
            Node holder = lab.holder("service");
            kill(holder);
            Waiting.until(
                    "the service is blocked",
                    LIMIT,
                    () -> holder.ha("status").contains("on-fail: block"),
                    () -> holder.ha("status"));
            assertThat(holder.processesOf("service")).isEmpty();
            holder.ha("retry", "service");
            watcher.await("", LIMIT);
            assertThat(watcher.lastAnswer().orElse("")).startsWith(holder.name() + " ");

            applyOnFail(site, usual, "fence");
            kill(holder);
            awaitElsewhere(holder);
            assertThat(lab.node(another(holder)).ha("events")).contains("(on-fail: fence)");
        } finally {
            Files.writeString(site, usual);
            lab.powered().get(0).ha("apply", site.toString());
        }
    }

    private void applyOnFail(Path site, String usual, String word) throws IOException {
        String monitor = "monitor: {interval: 120s";
        int service = usual.lastIndexOf(monitor) + monitor.length();
        Files.writeString(site, usual.substring(0, service) + ", on-fail: " + word + usual.substring(service));
        lab.powered().get(0).ha("apply", site.toString());
    }

    private static List<Long> kill(Node holder) {
        List<Long> killed = holder.processesOf("service");
        killed.forEach(pid -> Shell.run("kill", "-9", pid.toString()));
        return killed;
    }

    @Test
    void aNodeListensOnItsOwnAddressAlone() {
        for (Node node : lab.nodes()) {
            List<String> own = List.of("pid=" + node.daemon() + ",", "pid=" + node.guard() + ",");
            List<String> listening = node.attemptInside(5, "ss", "-Htulnp")
                    .output()
                    .lines()
                    .filter(line -> own.stream().anyMatch(line::contains))
                    .map(line -> line.split(" +")[4].replace("[::ffff:", "").replace("]:", ":"))
                    .toList();
            assertThat(listening)
                    .as("sockets of " + node.name())
                    .isNotEmpty()
                    .allMatch(socket -> socket.startsWith(node.address() + ":"));
        }
    }

    @Test
    void aPlannedMoveMovesAll() {
        Node holder = lab.holder("service");
        String target = another(holder);
        lab.node(target).ha("move", "site", target, "--wait", "30s");
        awaitElsewhere(holder);
        assertThat(lab.node(target).activeOn("address")).isEqualTo(target);
        lab.node(target).ha("unmove", "site");
    }

    @Test
    void aNodeThatIsStoppedGivesItsServiceAwayAndLeaves() {
        Node holder = lab.holder("service");
        Node rest = lab.node(another(holder));
        long began = Probe.nowMs();
        holder.stop();
        assertThat(rest.activeOn("service")).as("when stop is over").isNotEqualTo(holder.name());
        awaitElsewhere(holder);
        assertThat(watcher.longestOutageSince(began)).isLessThan(AT_ONCE_MS);
        assertThat(rest.ha("events")).contains(holder.name() + " stopped everything and left");
        Waiting.until(
                holder.name() + " is not seen any more",
                Duration.ofSeconds(10),
                () -> rest.ha("status").lines().anyMatch(line -> line.matches(holder.name() + " +offline .*")),
                () -> rest.ha("status"));
        holder.start();
    }

    @Test
    void aKilledDaemonIsReplacedByItsGuard() {
        Node holder = lab.holder("service");
        long before = holder.daemon();
        Shell.run("kill", "-9", Long.toString(before));
        Waiting.until("another daemon is there", LIMIT, () -> holder.daemon() != before, () -> "the same pid");
        lab.settle();
    }

    @Test
    void aHungDaemonLosesItsLeaseAndComesBack() {
        Node holder = lab.holder("service");
        Shell.run("kill", "-STOP", Long.toString(holder.daemon()));
        awaitElsewhere(holder);
        assertThat(holder.processesOf("service"))
                .as("processes beside the hung daemon")
                .isEmpty();
        Shell.run("kill", "-CONT", Long.toString(holder.daemon()));
        lab.settle();
    }

    @Test
    void aShortHangMovesNothing() {
        Node holder = lab.holder("service");
        List<Long> processes = holder.processesOf("service");
        Shell.run("kill", "-STOP", Long.toString(holder.daemon()));
        Waiting.pause(LEASE.dividedBy(2));
        Shell.run("kill", "-CONT", Long.toString(holder.daemon()));
        Waiting.pause(LEASE.multipliedBy(2));
        assertThat(watcher.lastAnswer().orElse("")).startsWith(holder.name() + " ");
        assertThat(holder.processesOf("service")).isEqualTo(processes);
    }

    @Test
    void aKilledGuardIsReplacedAndNothingMoves() {
        Node holder = lab.holder("service");
        List<Long> processes = holder.processesOf("service");
        long before = holder.guard();
        Shell.run("kill", "-9", Long.toString(before));
        Waiting.until("another guard is there", LIMIT, () -> holder.guard() != before, () -> "the same pid");
        Waiting.pause(LEASE.multipliedBy(2));
        assertThat(watcher.lastAnswer().orElse("")).startsWith(holder.name() + " ");
        assertThat(holder.processesOf("service")).isEqualTo(processes);
    }

    @Test
    void aSwappedGuardStopsNothing() {
        Node holder = lab.holder("service");
        List<Long> processes = holder.processesOf("service");
        String answer = watcher.lastAnswer().orElse("");
        long daemon = holder.daemon();
        long before = holder.guard();
        long began = Probe.nowMs();
        assertThat(holder.ha("swap", "guard")).contains("took the place of guard " + before);
        assertThat(holder.guard()).isNotEqualTo(before);
        Waiting.pause(LEASE.multipliedBy(2));
        assertThat(holder.ha("events")).contains("swapped the guard on " + holder.name());
        assertNothingStopped(holder, processes, answer, began);
        assertThat(holder.daemon()).isEqualTo(daemon);
        // the new one does its work
        Shell.run("kill", "-9", Long.toString(daemon));
        Waiting.until("another daemon is there", LIMIT, () -> holder.daemon() != daemon, () -> "the same pid");
        lab.settle();
    }

    @Test
    void aRestartKeepsWhatRuns() {
        Node holder = lab.holder("service");
        List<Long> processes = holder.processesOf("service");
        String answer = watcher.lastAnswer().orElse("");
        long daemon = holder.daemon();
        long guard = holder.guard();
        long began = Probe.nowMs();
        Shell.Ended ended = holder.tryRestart();
        assertThat(ended.status()).as(ended.output()).isZero();
        assertThat(ended.output()).contains("nothing was stopped");
        assertThat(holder.daemon()).isNotEqualTo(daemon);
        assertThat(holder.guard()).isNotEqualTo(guard);
        Waiting.pause(LEASE.multipliedBy(2));
        assertNothingStopped(holder, processes, answer, began);
        lab.settle();
        holder.ha("standby", holder.name()); // and the new daemon knows how to stop what it found
        watcher.await("", LIMIT);
        awaitElsewhere(holder);
        holder.ha("online", holder.name());
    }

    private void assertNothingStopped(Node holder, List<Long> processes, String answer, long began) {
        assertThat(holder.processesOf("service")).isEqualTo(processes);
        assertThat(watcher.lastAnswer().orElse("")).as("node and fencing token").isEqualTo(answer);
        assertThat(watcher.longestOutageSince(began)).as("ms without an answer").isLessThan(GAP_MS);
    }

    @Test
    void withoutAMajorityNothingRunsAndWithOneItDoes() {
        Node holder = lab.holder("service");
        List<Node> others =
                lab.powered().stream().filter(node -> node != holder).toList();
        others.forEach(Node::powerOff);
        Waiting.until(
                "the service stops where there is no majority",
                LIMIT,
                () -> holder.processesOf("service").isEmpty(),
                () -> holder.ha("status"));
        others.forEach(node -> lab.powerOn(node.name()).start());
        watcher.await("", LIMIT);
    }

    @Test
    void afterALossOfAllNodesEverythingIsThereAgain() {
        lab.powered().forEach(Node::powerOff);
        lab.nodes().stream().map(Node::name).toList().forEach(lab::powerOn);
        lab.startAll();
        watcher.await("", LIMIT);
        assertThat(lab.node("n2").ha("export")).contains("cluster: lab").contains(Lab.SERVICE_ADDRESS);
    }
}
