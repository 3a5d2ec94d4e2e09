package io.holdfast.deploy;

import io.holdfast.api.cluster.Deployments;
import io.holdfast.api.runtime.Loop;
import io.holdfast.api.runtime.Signatures;
import io.holdfast.api.runtime.Workers;
import io.holdfast.api.transport.Transport;
import io.holdfast.model.ledger.ReplicatedLog;
import java.time.InstantSource;
import java.util.Optional;

/** All of it on one node, at work from its creation until it is closed. On the loop. */
public final class Assembly implements AutoCloseable {
    private final Fetching fetching;
    private final Desk desk;
    private final Optional<Deployer> deployer;

    /**
     * Creates it.
     *
     * @param runs whether this node runs resources; a witness takes bundles for others and offers them, and has none itself
     */
    public Assembly(
            Loop loop,
            Workers workers,
            InstantSource wall,
            ReplicatedLog ledger,
            Here here,
            Store store,
            Bundles bundles,
            Packing packing,
            Signatures signatures,
            Transport transport,
            boolean runs) {
        fetching = new Fetching(loop, workers, transport, store);
        desk = new Desk(loop, workers, ledger, store, fetching, packing, signatures);
        deployer = runs
                ? Optional.of(new Deployer(loop, workers, wall, ledger, here, store, bundles, fetching, signatures))
                : Optional.empty();
        deployer.ifPresent(Deployer::start);
    }

    /** {@return what people use; any thread} */
    public Deployments desk() {
        return desk;
    }

    @Override
    public void close() {
        deployer.ifPresent(Deployer::close);
        desk.close();
        fetching.close();
    }
}
