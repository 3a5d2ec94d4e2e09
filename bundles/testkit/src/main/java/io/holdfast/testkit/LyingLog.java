package io.holdfast.testkit;

import io.holdfast.model.ClusterState;
import io.holdfast.model.Command;
import io.holdfast.model.ledger.LogListener;
import io.holdfast.model.ledger.ReplicatedLog;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** Another log with single answers changed. */
abstract class LyingLog implements ReplicatedLog {
    private final ReplicatedLog sound;

    LyingLog(ReplicatedLog sound) {
        this.sound = sound;
    }

    @Override
    public CompletionStage<Appended> append(Command command, Duration limit) {
        return sound.append(command, limit);
    }

    @Override
    public CompletionStage<ClusterState> barrier(Duration limit) {
        return sound.barrier(limit);
    }

    @Override
    public ClusterState state() {
        return sound.state();
    }

    @Override
    public Leadership leadership() {
        return sound.leadership();
    }

    @Override
    public Voters voters() {
        return sound.voters();
    }

    @Override
    public Health health() {
        return sound.health();
    }

    @Override
    public AutoCloseable listen(LogListener listener) {
        return sound.listen(listener);
    }

    @Override
    public Solitude solitude() {
        return sound.solitude();
    }

    @Override
    public CompletionStage<Void> goAlone(Solitude seen, String why) {
        return sound.goAlone(seen, why);
    }

    @Override
    public List<Command> ahead() {
        return sound.ahead();
    }

    @Override
    public void mayRun(boolean something) {
        sound.mayRun(something);
    }

    @Override
    public CompletionStage<Voters> change(VoterChange change, Duration limit) {
        return sound.change(change, limit);
    }
}
