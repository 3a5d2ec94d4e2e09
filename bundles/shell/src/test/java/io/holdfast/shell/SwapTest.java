package io.holdfast.shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.api.cluster.Cluster;
import io.holdfast.api.cluster.ClusterControl;
import io.holdfast.api.cluster.ClusterException;
import io.holdfast.api.cluster.ClusterException.Kind;
import io.holdfast.api.cluster.ClusterStatus;
import io.holdfast.api.cluster.Deployments;
import io.holdfast.api.cluster.JoinState;
import io.holdfast.api.runtime.Replacements;
import io.holdfast.api.transport.RemoteException;
import io.holdfast.shell.Swaps.Progress;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SwapTest {
    private static final String URL = "mvn:io.holdfast/holdfast-transport/0.2.0";

    private final FakeCluster cluster = new FakeCluster();
    private String version = "0.1.0";
    private String failure = "";
    private List<String> missing = List.of();
    private int absences;
    private Duration paused = Duration.ZERO;
    /** With this version the node does not come back. */
    private String bad = "";

    private boolean outlived;
    private String out = "";
    private String err = "";
    private final FakeSwaps swaps = new FakeSwaps();

    private final Services services = new Services() {
        @Override
        public String node() {
            return "n1";
        }

        @Override
        public long nanos() {
            return paused.toNanos();
        }

        @Override
        public Optional<Cluster> cluster() {
            return cluster.cluster();
        }

        @Override
        public Optional<ClusterControl> control() {
            return absences-- > 0 || version.equals(bad) ? Optional.empty() : cluster.control();
        }

        @Override
        public Optional<Layers> layers() {
            return Optional.of(new FakeLayers());
        }

        @Override
        public Optional<Deployments> deployments() {
            return cluster.deployments();
        }

        @Override
        public void pause(Duration span) {
            paused = paused.plus(span);
        }

        @Override
        public Optional<Swaps> swaps() {
            return Optional.of(swaps);
        }

        @Override
        public Optional<Replacements> replacements() {
            return Optional.of(new Replacements() {
                @Override
                public CompletionStage<String> replace(String bundle, byte[] content, byte[] before, Duration limit) {
                    cluster.asked.add("replaced " + bundle + " by another layer");
                    absences = Integer.MAX_VALUE; // what finds services goes with the layer
                    replacement = CompletableFuture.completedFuture(shellTrouble);
                    return replacement;
                }

                @Override
                public Optional<CompletionStage<String>> last(String bundle) {
                    return Optional.ofNullable(replacement);
                }
            });
        }

        @Override
        public Optional<GuardSwap> guardSwap() {
            return Optional.ofNullable(guardSwap);
        }
    };

    private @Nullable GuardSwap guardSwap;

    /** The last of the shell. */
    private @Nullable CompletableFuture<String> replacement;

    /** Why the one of before is put back; empty if it is not. */
    private String shellTrouble = "";

    private final class FakeLayers implements Layers {
        @Override
        public Optional<String> version(String layer) {
            return layer.equals("nonsense") ? Optional.empty() : Optional.of(version);
        }

        @Override
        public boolean active(String layer) {
            return true;
        }

        @Override
        public String trouble(String layer) {
            return version.equals(bad) ? "component Wire failed: java.net.BindException: no" : "";
        }

        @Override
        public byte[] read(String layer, Optional<String> url) throws IOException {
            if (url.equals(Optional.of("mvn:x/y/1"))) {
                throw new IOException("mvn:x/y/1 cannot be read: not found");
            }
            return "0.2.0".getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public byte[] present(String layer) {
            return version.getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public Plan plan(String layer, byte[] content) {
            return new Plan(
                    version,
                    new String(content, StandardCharsets.UTF_8),
                    "ab".repeat(32),
                    missing,
                    List.of("io.holdfast.daemon", "io.holdfast.fencing"));
        }

        @Override
        public void replace(String layer, byte[] content) throws IOException {
            String to = new String(content, StandardCharsets.UTF_8);
            cluster.asked.add("replace " + layer + " " + to);
            if (!failure.isEmpty() && to.equals("0.2.0")) {
                throw new IOException(failure);
            }
            version = to;
            absences = 2;
        }
    }

    /** Other nodes, which answer twice that they are at work, and once not at all. */
    private static final class FakeSwaps implements Swaps {
        final List<String> begun = new ArrayList<>();
        final Map<String, String> failing = new TreeMap<>();
        final Map<String, Runnable> after = new TreeMap<>();
        /** Its shell knows nothing of this. */
        String older = "";

        private int looks;

        @Override
        public CompletionStage<Long> begin(String node, String layer, String digest, String who) {
            if (older.equals(node)) {
                return CompletableFuture.failedFuture(
                        new RemoteException(node, "nobody answers that there at present"));
            }
            begun.add(node);
            looks = 0;
            return CompletableFuture.completedFuture(7L);
        }

        @Override
        public CompletionStage<Progress> progress(String node, long number) {
            looks++;
            if (looks == 2) {
                return CompletableFuture.failedFuture(new java.util.concurrent.TimeoutException());
            }
            if (looks < 4) {
                return CompletableFuture.completedFuture(new Progress(State.RUNNING, ""));
            }
            after.getOrDefault(node, () -> {}).run();
            return CompletableFuture.completedFuture(
                    failing.containsKey(node)
                            ? new Progress(State.FAILED, failing.get(node))
                            : new Progress(State.DONE, "transport is at version 0.2.0 now"));
        }
    }

    private int run(String... words) {
        ByteArrayOutputStream outBytes = new ByteArrayOutputStream();
        ByteArrayOutputStream errBytes = new ByteArrayOutputStream();
        Io.FileReader files = new Io.FileReader() {
            @Override
            public String read(String name) {
                return "";
            }

            @Override
            public InputStream open(String name) {
                return new ByteArrayInputStream("0.3.0".getBytes(StandardCharsets.UTF_8));
            }
        };
        Io io = new Io(
                new PrintStream(outBytes, true, StandardCharsets.UTF_8),
                new PrintStream(errBytes, true, StandardCharsets.UTF_8),
                false,
                0,
                "ann@n1",
                files,
                () -> false,
                () -> outlived = true,
                () -> () -> {});
        int code = new Commands(services).run(List.of(words), io);
        out = outBytes.toString(StandardCharsets.UTF_8);
        err = errBytes.toString(StandardCharsets.UTF_8);
        return code;
    }

    private static ClusterStatus with(String leader, String n2) {
        ClusterStatus all = FakeCluster.healthy();
        return new ClusterStatus(
                all.cluster(),
                all.revision(),
                leader,
                true,
                List.of(
                        FakeCluster.node("n1", "node", "online", "armed", 1840, false),
                        FakeCluster.node("n2", "node", n2, "process", 1790, false),
                        FakeCluster.node("n3", "node", "online", "process", 1790, false),
                        FakeCluster.node("n4", "node", "offline", "process", 0, false)),
                all.resources(),
                List.of());
    }

    @Test
    void holdsReplacesWaitsAndReleases() {
        assertThat(run("swap", "transport", URL)).isZero();
        assertThat(out)
                .contains("transport is at version 0.2.0 now, before it was 0.1.0")
                .contains("nothing was stopped");
        assertThat(cluster.asked)
                .containsSubsequence(
                        "hold[PT1M30S, PT10S]",
                        "replace transport 0.2.0",
                        "freshStatus[PT0.2S]",
                        "announce[info, ann@n1 swapped transport on n1: 0.1.0 -> 0.2.0, PT10S]",
                        "release[PT10S]");
    }

    @Test
    void theShellIsReplacedByAnotherLayerWithoutAHold() {
        assertThat(run("swap", "shell", URL)).isZero();
        assertThat(out).contains("shell is at version 0.2.0 now, before it was 0.1.0", "nothing was stopped");
        assertThat(outlived).isTrue();
        assertThat(cluster.asked)
                .containsExactly(
                        "replaced io.holdfast.shell by another layer",
                        "announce[info, ann@n1 swapped shell on n1: 0.1.0 -> 0.2.0, PT10S]");
        shellTrouble = "component Shell failed: no socket";
        absences = 0;
        assertThat(run("swap", "shell", URL)).isEqualTo(Exit.REFUSED);
        assertThat(err).contains("The new shell failed: component Shell failed: no socket. Version 0.1.0 is put back");
    }

    @Test
    void theShellIsRolledOverTheOthersTheLeaderLastAndThenHere() {
        cluster.status = with("n2", "online");
        assertThat(run("swap", "shell", URL, "--rolling", "--dry-run")).isZero();
        assertThat(swaps.begun).isEmpty();
        assertThat(run("swap", "shell", URL, "--rolling")).isZero();
        assertThat(swaps.begun).containsExactly("n3", "n2");
        assertThat(cluster.kept).asString(StandardCharsets.UTF_8).isEqualTo("0.2.0");
        assertThat(out).contains("shell is at version 0.2.0 now", "It is swapped on n3, n2, and here.");
        assertThat(cluster.asked)
                .filteredOn(asked -> asked.startsWith("replaced"))
                .hasSize(1);
        assertThat(cluster.asked).noneMatch(asked -> asked.startsWith("hold"));
        absences = 0;
        assertThat(run("swap", "shell", URL, "--rolling", "--json")).isZero();
        assertThat(out)
                .startsWith("{\"message\":\"shell is at version 0.2.0 now")
                .endsWith("and here.\"}\n");
    }

    @Test
    void theRollingOfTheShellStopsAtTheFirstThatFailsOrIsUnwell() {
        cluster.status = with("n1", "online");
        swaps.failing.put("n3", "The new shell failed: no. Version 0.1.0 is put back");
        assertThat(run("swap", "shell", URL, "--rolling")).isEqualTo(Exit.REFUSED);
        assertThat(err).contains("n3: The new shell failed: no.", "swapped before: n2; not tried: n1");
        swaps.failing.clear();
        swaps.after.put("n2", () -> cluster.status = with("n1", "lost"));
        assertThat(run("swap", "shell", URL, "--rolling")).isEqualTo(Exit.REFUSED);
        assertThat(err).contains("n2 is lost; stopped after n2; not tried: n1, n3");
        assertThat(cluster.asked).noneMatch(asked -> asked.startsWith("replaced"));

        cluster.status = with("n1", "online");
        swaps.after.clear();
        swaps.older = "n3";
        assertThat(run("swap", "shell", URL, "--rolling")).isEqualTo(Exit.REFUSED);
        assertThat(err)
                .contains("n3: nobody answers that there")
                .doesNotContain("n3: n3")
                .contains("swapped before: n2; not tried: n1");
        swaps.older = "";
        shellTrouble = "it has no components";
        assertThat(run("swap", "shell", URL, "--rolling")).isEqualTo(Exit.REFUSED);
        assertThat(err).contains("The new shell failed: it has no components", "swapped before: n2, n3");
    }

    @Test
    void anotherNodesSwapOfTheShellIsToldByTheShellThatIsThereAfterwards() {
        assertThat(Swap.ofTheShell(services).state()).isEqualTo(Swaps.State.FAILED);
        byte[] content = "0.2.0".getBytes(StandardCharsets.UTF_8);
        assertThat(RemoteSwap.run(services, "shell", content, "ann@n2")).contains("shell is at version 0.2.0 now");
        assertThat(cluster.asked)
                .containsExactly(
                        "replaced io.holdfast.shell by another layer",
                        "announce[info, ann@n2 swapped shell on n1: 0.1.0 -> 0.2.0, PT10S]");
        version = "0.2.0";
        assertThat(Swap.ofTheShell(services))
                .isEqualTo(new Progress(Swaps.State.DONE, "shell is at version 0.2.0 now; nothing was stopped."));
        replacement = new CompletableFuture<>();
        assertThat(Swap.ofTheShell(services).state()).isEqualTo(Swaps.State.RUNNING);
        replacement = CompletableFuture.completedFuture("it has no components");
        assertThat(Swap.ofTheShell(services).state()).isEqualTo(Swaps.State.FAILED);
        assertThat(Swap.ofTheShell(services).text()).contains("The new shell failed: it has no components");
        replacement = CompletableFuture.failedFuture(new ClusterException(Kind.REFUSED, "neither is at work"));
        assertThat(Swap.ofTheShell(services)).isEqualTo(new Progress(Swaps.State.FAILED, "neither is at work"));
        shellTrouble = "it has no components";
        absences = 0;
        assertThatThrownBy(() -> RemoteSwap.run(services, "shell", content, "ann@n2"))
                .hasMessageContaining("The new shell failed: it has no components. Version 0.2.0 is put back");
    }

    @Test
    void saysHowLongTheLayerWasAwayAndTheLeaseHeld() {
        absences = 3;
        assertThat(run("swap", "transport", URL)).isZero();
        assertThat(out).containsPattern("away for [2-8]00 ms, and its lease was held for [2-9]00 ms");
    }

    @Test
    void anUpdateByOthersThatComesUpIsLeftAlone() {
        version = "0.9.0";
        absences = 5;
        assertThat(PlainSwap.lookAfter(services, "transport", "0.1.0".getBytes(StandardCharsets.UTF_8), () -> false))
                .isEmpty();
        assertThat(version).isEqualTo("0.9.0");
        assertThat(cluster.asked).doesNotContain("replace transport 0.1.0");
    }

    @Test
    void anUpdateByOthersThatDoesNotComeUpIsTakenBack() {
        version = "0.9.0";
        bad = "0.9.0";
        assertThat(PlainSwap.lookAfter(services, "transport", "0.1.0".getBytes(StandardCharsets.UTF_8), () -> false))
                .hasValueSatisfying(text -> assertThat(text)
                        .contains("The update of transport on n1 is taken back, 0.1.0 is at work again")
                        .contains("java.net.BindException: no"));
        assertThat(version).isEqualTo("0.1.0");
        assertThat(paused).as("less than half of the hold that fencing takes").isLessThan(Duration.ofSeconds(28));
        assertThat(cluster.asked).anyMatch(asked -> asked.startsWith("announce[warn, The update of transport"));
    }

    @Test
    void anUpdateThatIsFollowedByAnotherIsNotTakenBack() {
        version = "0.9.0";
        bad = "0.9.0";
        assertThat(PlainSwap.lookAfter(
                        services,
                        "transport",
                        "0.1.0".getBytes(StandardCharsets.UTF_8),
                        () -> paused.compareTo(Duration.ofSeconds(1)) > 0))
                .isEmpty();
        assertThat(version).isEqualTo("0.9.0");
    }

    @Test
    void waitsUntilTheNewDaemonGoesOnAsWhatTheNodeWas() {
        cluster.joinState = new JoinState("n1", false, "n1 has not started to join yet", false);
        assertThat(run("swap", "transport", URL)).isEqualTo(1);
        assertThat(err).contains("this node is not back in the cluster");
    }

    @Test
    void takesAFileOfTheCaller() {
        assertThat(run("swap", "transport", "target/transport.jar")).isZero();
        assertThat(version).isEqualTo("0.3.0");
    }

    @Test
    void saysWhatItWouldDoAndDoesNothing() {
        assertThat(run("swap", "transport", URL, "--dry-run")).isZero();
        assertThat(out)
                .contains("from version 0.1.0 to 0.2.0 (SHA-256 abababababab...)")
                .contains("io.holdfast.daemon, io.holdfast.fencing")
                .contains("All of it resolves");
        missing = List.of("it imports org.example 2, which nobody exports");
        assertThat(run("swap", "transport", URL, "--dry-run")).isEqualTo(Exit.REFUSED);
        assertThat(out).contains("It would be refused: it imports org.example 2");
        assertThat(run("--json", "swap", "transport", URL, "--dry-run")).isEqualTo(Exit.REFUSED);
        assertThat(out).contains("\"to\": \"0.2.0\"", "\"missing\": [\"it imports");
        assertThat(cluster.asked).isEmpty();
    }

    @Test
    void refusesWhatDoesNotResolveBeforeAnyHold() {
        missing = List.of("io.holdfast.daemon imports io.holdfast.transport in a version that it does not export");
        assertThat(run("swap", "transport", URL)).isEqualTo(Exit.REFUSED);
        assertThat(err).contains("transport 0.2.0 is not put in the place of 0.1.0: io.holdfast.daemon imports");
        assertThat(run("swap", "transport", "mvn:x/y/1")).isEqualTo(Exit.REFUSED);
        assertThat(err).contains("mvn:x/y/1 cannot be read");
        assertThat(cluster.asked).isEmpty();
    }

    @Test
    void putsTheBundleOfBeforeBackWhenTheNewOneCannotBePutInPlace() {
        failure = "transport was not replaced: it does not start";
        assertThat(run("swap", "transport", URL)).isEqualTo(Exit.REFUSED);
        assertThat(err).contains("does not start").contains("Version 0.1.0 is put back and at work again");
        assertThat(version).isEqualTo("0.1.0");
        assertThat(cluster.asked)
                .containsSubsequence("replace transport 0.2.0", "replace transport 0.1.0", "release[PT10S]");
    }

    @Test
    void putsTheBundleOfBeforeBackWhenTheNodeDoesNotComeBackWithTheNewOneAndKeepsTheReason() {
        bad = "0.2.0";
        assertThat(run("swap", "transport", URL)).isEqualTo(Exit.REFUSED);
        assertThat(err)
                .contains("not back in the cluster 40 s later: component Wire failed: java.net.BindException: no")
                .contains("Version 0.1.0 is put back");
        assertThat(paused).as("below the hold").isBetween(Duration.ofSeconds(40), Duration.ofSeconds(45));
        assertThat(cluster.asked)
                .anyMatch(call -> call.startsWith(
                        "announce[warn, The swap of transport on n1 is taken back, 0.1.0 is at work again: this node"));
    }

    @Test
    void rollsThroughTheNodesTheLeaderLast() {
        cluster.status = with("n2", "online");
        assertThat(run("swap", "transport", URL, "--rolling")).isZero();
        assertThat(swaps.begun).containsExactly("n3", "n2");
        assertThat(cluster.kept).asString(StandardCharsets.UTF_8).isEqualTo("0.2.0");
        assertThat(out).contains("n1: transport is at version 0.2.0 now", "transport is swapped on n1, n3, n2");
    }

    @Test
    void stopsAtTheFirstThatFailsOrIsNotWellAfterwards() {
        cluster.status = with("n1", "online");
        swaps.failing.put("n2", "The new transport failed: no. Version 0.1.0 is put back");
        assertThat(run("swap", "transport", URL, "--rolling")).isEqualTo(Exit.REFUSED);
        assertThat(err)
                .contains("n2: The new transport failed: no.")
                .contains("swapped before: none; not tried: n1, n3");
        assertThat(cluster.asked).doesNotContain("replace transport 0.2.0");

        swaps.begun.clear();
        swaps.failing.clear();
        swaps.after.put("n2", () -> cluster.status = with("n1", "lost"));
        assertThat(run("swap", "transport", URL, "--rolling")).isEqualTo(Exit.REFUSED);
        assertThat(err).contains("n2 is lost; stopped after n2; not tried: n1, n3");
        assertThat(swaps.begun).containsExactly("n2");
    }

    @Test
    void anotherNodesSwapIsCheckedAndDoneAsOnesOwn() {
        assertThat(RemoteSwap.run(services, "transport", "0.2.0".getBytes(StandardCharsets.UTF_8), "ann@n2"))
                .contains("transport is at version 0.2.0 now");
        missing = List.of("it imports org.example 2, which nobody exports");
        try {
            RemoteSwap.run(services, "transport", "0.3.0".getBytes(StandardCharsets.UTF_8), "ann@n2");
            throw new AssertionError("it was not refused");
        } catch (ClusterException e) {
            assertThat(e.kind()).isEqualTo(Kind.REFUSED);
            assertThat(e).hasMessageContaining("it imports org.example 2");
        }
    }

    @Test
    void refusesWhatIsNoLayer() {
        assertThat(run("swap", "nonsense")).isEqualTo(Exit.USAGE);
        assertThat(run("swap", "api")).isEqualTo(Exit.USAGE);
        assertThat(err).contains("restart the node");
        assertThat(cluster.asked).isEmpty();
    }

    @Test
    void swapsTheGuardWithoutAHold() {
        guardSwap = () -> "Guard 8 took the place of guard 7.";
        assertThat(run("swap", "guard")).isZero();
        assertThat(out).contains("Guard 8 took the place of guard 7.");
        assertThat(cluster.asked)
                .containsExactly(
                        "announce[info, ann@n1 swapped the guard on n1: Guard 8 took the place of guard 7., PT10S]");
    }

    @Test
    void saysWhyTheGuardIsNotSwapped() {
        assertThat(run("swap", "guard")).isEqualTo(Exit.NO_DAEMON);
        guardSwap = () -> {
            throw new IOException("the guard, process 7, goes on as before: no Java");
        };
        assertThat(run("swap", "guard")).isEqualTo(Exit.REFUSED);
        assertThat(err).contains("goes on as before: no Java");
        assertThat(cluster.asked).isEmpty();
        assertThat(run("swap", "guard", "guard.jar")).isEqualTo(Exit.USAGE);
        assertThat(run("swap", "guard", "--rolling")).isEqualTo(Exit.USAGE);
        assertThat(err).contains("put its new holdfast-guard.jar into lib/");
    }
}
