package io.holdfast.deploy;

import io.holdfast.model.ClusterState;
import io.holdfast.model.Command;
import io.holdfast.model.Entry;
import io.holdfast.model.Result;
import io.holdfast.model.Rules;
import io.holdfast.model.ledger.LedgerException;
import io.holdfast.model.ledger.LogListener;
import io.holdfast.model.ledger.ReplicatedLog;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** One ledger that every node of a test sees at once; a command takes 3 ms. */
final class FakeLedger {
    static final Duration COMMIT = Duration.ofMillis(3);

    private final VirtualLoop loop;
    private final List<View> views = new ArrayList<>();
    final List<Command> commands = new ArrayList<>();
    final List<String> refusals = new ArrayList<>();
    private ClusterState state = ClusterState.empty();
    String leader = "n1";
    /** Appends fail with this. */
    LedgerException.Kind failing;

    FakeLedger(VirtualLoop loop) {
        this.loop = loop;
    }

    ClusterState state() {
        return state;
    }

    ReplicatedLog on(String node) {
        View view = new View(node);
        views.add(view);
        return view;
    }

    /** Applies a command at once. */
    Result put(String origin, Command command) {
        Entry entry = new Entry(origin, loop.millis(), command);
        Rules.Applied applied = Rules.apply(state, state.index() + 1, entry);
        state = applied.state();
        commands.add(command);
        if (applied.result() instanceof Result.Refused refused) {
            refusals.add(refused.reason());
        }
        for (View view : views) {
            for (LogListener listener : List.copyOf(view.listeners)) {
                listener.applied(state.index(), entry, applied.result(), state);
            }
        }
        return applied.result();
    }

    <T extends Command> List<T> all(Class<T> kind) {
        return commands.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    void lead(String node) {
        leader = node;
        views.forEach(view -> List.copyOf(view.listeners).forEach(listener -> listener.led(view.leadership())));
    }

    private final class View implements ReplicatedLog {
        private final String node;
        private final List<LogListener> listeners = new ArrayList<>();

        View(String node) {
            this.node = node;
        }

        @Override
        public CompletionStage<Appended> append(Command command, Duration limit) {
            CompletableFuture<Appended> stage = new CompletableFuture<>();
            loop.schedule(COMMIT, () -> {
                if (failing != null) {
                    stage.completeExceptionally(new LedgerException(failing, "no leader"));
                } else {
                    Result result = put(node, command);
                    stage.complete(new Appended(state.index(), result));
                }
            });
            return stage;
        }

        @Override
        public CompletionStage<ClusterState> barrier(Duration limit) {
            return CompletableFuture.completedFuture(state);
        }

        @Override
        public ClusterState state() {
            return state;
        }

        @Override
        public Leadership leadership() {
            return new Leadership(leader, 1, leader.equals(node), leader.equals(node));
        }

        @Override
        public Voters voters() {
            return new Voters(1, List.of("n1", "n2", "n3"), List.of());
        }

        @Override
        public Health health() {
            return Health.WELL;
        }

        @Override
        public AutoCloseable listen(LogListener listener) {
            listeners.add(listener);
            return () -> listeners.remove(listener);
        }

        @Override
        public CompletionStage<Voters> change(VoterChange change, Duration limit) {
            return CompletableFuture.completedFuture(voters());
        }
    }
}
