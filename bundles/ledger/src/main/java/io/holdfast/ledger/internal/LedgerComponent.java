package io.holdfast.ledger.internal;

import io.holdfast.api.runtime.Loop;
import io.holdfast.api.runtime.NodeSettings;
import io.holdfast.api.transport.Transport;
import io.holdfast.ledger.RatisLedger;
import io.holdfast.model.ClusterState;
import io.holdfast.model.Command;
import io.holdfast.model.ledger.LogListener;
import io.holdfast.model.ledger.ReplicatedLog;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CompletionStage;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/** The log of this node as a service. It goes and comes back with the transport. */
@Component(service = ReplicatedLog.class, immediate = true) // it votes whether anybody looks or not
public final class LedgerComponent implements ReplicatedLog {
    private final RatisLedger ledger;

    /** Prepares the log below the node's base folder. */
    @Activate
    public LedgerComponent(
            @Reference(name = "settings") NodeSettings settings,
            @Reference(name = "transport") Transport transport,
            @Reference(name = "loop") Loop loop,
            @Reference(name = "wall") InstantSource wall) {
        ledger =
                new RatisLedger(settings, transport, loop, wall, settings.base().resolve("ledger"));
    }

    @Activate
    void start() {
        ledger.start();
    }

    @Deactivate
    void stop() {
        ledger.close();
    }

    @Override
    public CompletionStage<Appended> append(Command command, Duration limit) {
        return ledger.append(command, limit);
    }

    @Override
    public CompletionStage<ClusterState> barrier(Duration limit) {
        return ledger.barrier(limit);
    }

    @Override
    public ClusterState state() {
        return ledger.state();
    }

    @Override
    public Leadership leadership() {
        return ledger.leadership();
    }

    @Override
    public Voters voters() {
        return ledger.voters();
    }

    @Override
    public Health health() {
        return ledger.health();
    }

    @Override
    public AutoCloseable listen(LogListener listener) {
        return ledger.listen(listener);
    }

    @Override
    public CompletionStage<Voters> change(VoterChange change, Duration limit) {
        return ledger.change(change, limit);
    }

    @Override
    public Solitude solitude() {
        return ledger.solitude();
    }

    @Override
    public CompletionStage<Void> goAlone(Solitude seen, String why) {
        return ledger.goAlone(seen, why);
    }
}
