package io.holdfast.lab;

import io.holdfast.api.runtime.NodeSettings;
import io.holdfast.api.runtime.Voter;
import io.holdfast.ledger.RatisLedger;
import io.holdfast.model.Command;
import io.holdfast.model.ledger.ReplicatedLog;
import io.holdfast.runtime.SystemLoop;
import io.holdfast.transport.JGroupsTransport;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/**
 * Measures the replicated log: three voters in this process, each with its own folder and its own address of the loopback network,
 * over the transport that nodes use. Prints a table of min / median / max for one command, and the commands a second.
 */
public final class LedgerBench {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final int PORT = 17_800;
    private static final int BATCH = 64;
    private static final int WARM = 300;

    private final List<Voter> voters = List.of(
            new Voter("n1", "127.0.0.1", PORT), new Voter("n2", "127.0.0.2", PORT), new Voter("n3", "127.0.0.3", PORT));
    private final int times;
    private final PrintStream out;

    private LedgerBench(int times, PrintStream out) {
        this.times = times;
        this.out = out;
    }

    /** Runs it: {@code TIMES [FOLDER]}; the folder says on which disk, without it the one for temporary files. */
    public static void main(String[] arguments) throws Exception {
        Path folder = arguments.length > 1
                ? Files.createTempDirectory(Path.of(arguments[1]), "holdfast-bench")
                : Files.createTempDirectory("holdfast-bench");
        try {
            new LedgerBench(Integer.parseInt(arguments[0]), System.out).run(folder);
        } finally {
            Shell.attempt(20, "rm", "-rf", folder.toString());
        }
    }

    /** One voter. */
    private static final class Member implements AutoCloseable {
        private final SystemLoop loop = new SystemLoop();
        private final JGroupsTransport transport;
        private final RatisLedger ledger;

        Member(NodeSettings settings) {
            transport = new JGroupsTransport(settings);
            ledger = new RatisLedger(
                    settings,
                    transport,
                    loop,
                    InstantSource.system(),
                    settings.base().resolve("ledger"));
            ledger.start();
        }

        <T> T ask(Supplier<T> question) {
            return CompletableFuture.supplyAsync(question, loop::execute).join();
        }

        <T> CompletableFuture<T> begin(Supplier<CompletionStage<T>> work) {
            return CompletableFuture.supplyAsync(work, loop::execute).thenCompose(stage -> stage);
        }

        @Override
        public void close() {
            ledger.close();
            transport.close();
            loop.close();
        }
    }

    private void run(Path folder) throws IOException {
        List<Member> members = new ArrayList<>();
        try {
            for (Voter voter : voters) {
                Path base = Files.createDirectories(folder.resolve(voter.name()));
                members.add(new Member(settings(voter, base)));
            }
            Waiting.until("there is a leader", LIMIT, () -> leader(members).isPresent(), () -> "");
            Member leader = leader(members).orElseThrow();
            Member follower = members.stream()
                    .filter(member -> member != leader)
                    .findFirst()
                    .orElseThrow();
            Waiting.until("all take part", LIMIT, () -> members.stream().allMatch(LedgerBench::takesPart), () -> "");
            for (int i = 0; i < WARM; i++) {
                append(leader).join();
                append(follower).join();
            }
            out.printf("%-45s %5s %8s %8s %8s   (µs)%n", "", "runs", "min", "median", "max");
            each("append, on the leader", () -> append(leader));
            each("append, on another node", () -> append(follower));
            each("read barrier, on the leader", () -> barrier(leader));
            each("read barrier, on another node", () -> barrier(follower));
            each(BATCH + " appends at once, on the leader", () -> batch(leader));
        } finally {
            members.forEach(Member::close);
        }
    }

    private NodeSettings settings(Voter voter, Path base) {
        return new NodeSettings(
                "bench",
                voter.name(),
                voter.address(),
                PORT,
                voters,
                NodeSettings.Role.NODE,
                Duration.ofSeconds(2),
                List.of(),
                base,
                Optional.empty(),
                false,
                List.of(),
                Map.of());
    }

    private static Optional<Member> leader(List<Member> members) {
        return members.stream()
                .filter(member -> member.ask(() -> member.ledger.leadership().ready()))
                .findFirst();
    }

    private static boolean takesPart(Member member) {
        return member.ask(() -> member.ledger.health().well());
    }

    private static CompletableFuture<ReplicatedLog.Appended> append(Member member) {
        return member.begin(
                () -> member.ledger.append(new Command.Announce("", "", "info", "a sentence of common length"), LIMIT));
    }

    private static CompletableFuture<?> barrier(Member member) {
        return member.begin(() -> member.ledger.barrier(LIMIT));
    }

    private static CompletableFuture<?> batch(Member member) {
        CompletableFuture<?>[] all = new CompletableFuture<?>[BATCH];
        Arrays.setAll(all, i -> append(member));
        return CompletableFuture.allOf(all);
    }

    private void each(String what, Supplier<CompletableFuture<?>> work) {
        long[] micros = new long[times];
        for (int run = 0; run < times; run++) {
            long began = System.nanoTime();
            work.get().join();
            micros[run] = (System.nanoTime() - began) / 1_000;
        }
        Arrays.sort(micros);
        out.printf("%-45s %5d %8d %8d %8d%n", what, times, micros[0], micros[times / 2], micros[times - 1]);
    }
}
