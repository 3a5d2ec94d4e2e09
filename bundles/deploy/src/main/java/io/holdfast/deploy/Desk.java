package io.holdfast.deploy;

import io.holdfast.api.cluster.ClusterException;
import io.holdfast.api.cluster.ClusterException.Kind;
import io.holdfast.api.cluster.DeploymentStatus;
import io.holdfast.api.cluster.DeploymentStatus.OnNode;
import io.holdfast.api.cluster.Deployments;
import io.holdfast.api.runtime.Loop;
import io.holdfast.api.runtime.Scheduled;
import io.holdfast.api.runtime.Signatures;
import io.holdfast.api.runtime.Workers;
import io.holdfast.model.ClusterState;
import io.holdfast.model.Command;
import io.holdfast.model.DeploymentRecord;
import io.holdfast.model.DeploymentRecord.Artifact;
import io.holdfast.model.DeploymentRecord.Stage;
import io.holdfast.model.DeploymentRecord.Standing;
import io.holdfast.model.Entry;
import io.holdfast.model.NodeRecord;
import io.holdfast.model.Result;
import io.holdfast.model.ledger.LedgerException;
import io.holdfast.model.ledger.LogListener;
import io.holdfast.model.ledger.ReplicatedLog;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes what people want deployed. Its methods may be called on any thread; it works on the loop. */
public final class Desk implements Deployments, LogListener, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Desk.class);

    private static final Duration SHORTEST = Duration.ofMillis(10);
    private static final Duration LONGEST = Duration.ofMinutes(10);
    private static final Duration DISK = Duration.ofSeconds(30);

    private record Kept(Deployable file, long size) {}

    private record Waiting(String name, long index, CompletableFuture<String> done) {}

    private final Loop loop;
    private final Workers workers;
    private final ReplicatedLog ledger;
    private final Store store;
    private final Fetching fetching;
    private final Packing packing;
    private final Signatures signatures;
    private final List<Waiting> waiting = new ArrayList<>();
    private final AutoCloseable listening;

    /** For {@link #deployments}, on any thread. */
    private volatile ClusterState state;

    /** Creates it; on the loop. */
    Desk(
            Loop loop,
            Workers workers,
            ReplicatedLog ledger,
            Store store,
            Fetching fetching,
            Packing packing,
            Signatures signatures) {
        this.loop = loop;
        this.workers = workers;
        this.ledger = ledger;
        this.store = store;
        this.fetching = fetching;
        this.packing = packing;
        this.signatures = signatures;
        state = ledger.state();
        listening = ledger.listen(this);
    }

    @Override
    public void close() {
        try {
            listening.close();
        } catch (Exception e) {
            log.debug("The log's listener did not close", e);
        }
    }

    @Override
    public String keep(InputStream bundle) throws IOException {
        try (Store.Incoming incoming = store.incoming()) {
            byte[] part = new byte[64 << 10];
            long size = 0;
            for (int count = bundle.read(part); count >= 0; count = bundle.read(part)) {
                size += count;
                if (size > LARGEST) {
                    throw new IOException("it has more than " + (LARGEST >> 20) + " MiB, which is the most");
                }
                incoming.sink().write(part, 0, count);
            }
            return keep(incoming);
        }
    }

    private static String keep(Store.Incoming incoming) throws IOException {
        incoming.sink().flush();
        Deployable.read(incoming.part()); // refused before anybody else has to do with it
        return incoming.keep();
    }

    private static Path setAside(Store.Incoming incoming) throws IOException {
        incoming.sink().flush();
        Deployable kar = Deployable.read(incoming.part());
        return incoming.setAside((kar.name() + "-" + kar.version()).replaceAll("[^A-Za-z0-9._-]", "_") + ".kar");
    }

    @Override
    public String keepFeature(String feature) throws IOException {
        try (Store.Incoming incoming = store.incoming()) {
            packing.pack(feature, incoming.sink());
            if (signatures.required()) {
                Path kar = setAside(incoming);
                throw new IOException("this node takes only signed code (deploy.keys), and nobody signed what it packs"
                        + " itself; it is packed in " + kar + ": sign that file with jarsigner, then 'ha deploy' it");
            }
            return keep(incoming);
        }
    }

    @Override
    public CompletionStage<Path> have(String digest, List<String> nodes) {
        CompletableFuture<Path> done = new CompletableFuture<>();
        Path file = store.path(digest);
        loop.execute(() -> fetching.have(digest, nodes).whenComplete((nothing, failure) -> {
            if (failure == null) {
                done.complete(file);
            } else {
                done.completeExceptionally(new ClusterException(Kind.REFUSED, Reasons.of(failure)));
            }
        }));
        return done;
    }

    @Override
    public CompletionStage<String> deploy(String digest, String who, Duration limit) {
        return onLoop(() -> {
            long begun = loop.nanos();
            return workers.submit("read " + digest, DISK, () -> kept(store.path(digest)))
                    .thenCompose(kept -> {
                        String name = kept.file().name();
                        String version = kept.file().version();
                        return append(new Command.Deploy(name, version, digest, kept.size(), who), limit)
                                .thenCompose(
                                        index -> ended(name, index, limit.minusNanos(loop.nanos() - begun), version));
                    });
        });
    }

    private Kept kept(Path file) throws IOException {
        Kept kept = new Kept(Deployable.read(file), Files.size(file));
        signatures.check(file); // before anybody else has to do with it; each node checks for itself as well
        return kept;
    }

    private CompletionStage<String> ended(String name, long index, Duration left, String version) {
        CompletableFuture<String> done = new CompletableFuture<>();
        Waiting one = new Waiting(name, index, done);
        waiting.add(one);
        Scheduled tooLate = loop.schedule(
                left,
                () -> done.completeExceptionally(new ClusterException(
                        Kind.UNKNOWN_OUTCOME,
                        name + " " + version
                                + " is still on its way, and may still be deployed everywhere or rolled back;"
                                + " 'ha deployments' shows how far it is")));
        done.whenComplete((text, failure) -> {
            waiting.remove(one);
            tooLate.cancel();
        });
        check(one, ledger.state());
        return done;
    }

    @Override
    public void applied(long index, Entry entry, Result result, ClusterState now) {
        look(now);
    }

    @Override
    public void replaced(ClusterState now) {
        look(now);
    }

    private void look(ClusterState now) {
        state = now;
        List.copyOf(waiting).forEach(one -> check(one, now));
    }

    private static void check(Waiting one, ClusterState now) {
        DeploymentRecord record = now.deployments().get(one.name());
        if (record == null || record.index() != one.index()) {
            one.done()
                    .completeExceptionally(new ClusterException(
                            Kind.REFUSED,
                            one.name() + (record == null ? " was undeployed" : " was deployed anew")
                                    + " meanwhile; 'ha events' tells by whom"));
        } else if (record.stage() == Stage.DONE) {
            one.done().complete(success(record, now));
        } else if (record.stage() == Stage.ROLLED_BACK) {
            one.done()
                    .completeExceptionally(new ClusterException(
                            Kind.REFUSED,
                            label(record) + " is rolled back: " + record.reason() + ". "
                                    + record.previous()
                                            .map(before -> "All nodes go back to " + before.version() + ".")
                                            .orElse("No node keeps it.")));
        }
    }

    private static String label(DeploymentRecord record) {
        return record.name() + " " + record.wanted().version();
    }

    private static String success(DeploymentRecord record, ClusterState now) {
        List<String> on = now.nodes().values().stream()
                .filter(NodeRecord::joined)
                .map(NodeRecord::name)
                .filter(record::wellOn)
                .toList();
        List<String> types = record.wanted().types();
        return label(record) + " is deployed: it is well on " + String.join(", ", on) + " (" + record.first()
                + " tried it first)" + (types.isEmpty() ? "." : " and offers " + String.join(", ", types) + ".");
    }

    @Override
    public CompletionStage<String> undeploy(String name, String who, Duration limit) {
        return onLoop(() -> append(new Command.Undeploy(name, who), limit)
                .thenApply(index -> name + " is undeployed: each node takes it away."));
    }

    @Override
    public List<DeploymentStatus> deployments() {
        ClusterState now = state;
        return now.deployments().values().stream()
                .map(record -> status(record, now))
                .toList();
    }

    private static DeploymentStatus status(DeploymentRecord record, ClusterState now) {
        TreeSet<String> names = new TreeSet<>(record.nodes().keySet());
        now.nodes().values().stream()
                .filter(node -> node.joined() && !node.terms().witness())
                .forEach(node -> names.add(node.name()));
        return new DeploymentStatus(
                record.name(),
                record.wanted().version(),
                record.wanted().digest(),
                switch (record.stage()) {
                    case FIRST -> "trying";
                    case ALL -> "spreading";
                    case DONE -> "deployed";
                    case ROLLED_BACK -> "rolled back";
                },
                record.reason(),
                record.previous().map(Artifact::version).orElse(""),
                record.wanted().types(),
                names.stream().map(node -> onNode(record, node)).toList());
    }

    private static OnNode onNode(DeploymentRecord record, String node) {
        Optional<Standing> said = Optional.ofNullable(record.nodes().get(node));
        Optional<Artifact> target = record.target(node);
        if (target.isEmpty()) {
            return new OnNode(
                    node,
                    "",
                    "absent",
                    said.filter(standing -> standing.index() == record.index())
                            .map(Standing::detail)
                            .orElse(""));
        }
        String digest = target.get().digest();
        boolean isNew = record.stage() != Stage.ROLLED_BACK
                && digest.equals(record.wanted().digest());
        Optional<Standing> now = said.filter(standing -> standing.digest().equals(digest))
                .filter(standing -> !isNew || standing.index() == record.index());
        return new OnNode(
                node,
                target.get().version(),
                now.map(standing -> standing.well() ? "active" : "failed").orElse("waiting"),
                now.map(Standing::detail).orElse(""));
    }

    private CompletionStage<Long> append(Command command, Duration limit) {
        Duration bounded = limit.compareTo(SHORTEST) < 0 ? SHORTEST : limit.compareTo(LONGEST) > 0 ? LONGEST : limit;
        return ledger.append(command, bounded).thenApply(appended -> {
            if (appended.result() instanceof Result.Refused refused) {
                throw new ClusterException(Kind.REFUSED, refused.reason());
            }
            return ((Result.Done) appended.result()).value();
        });
    }

    private CompletionStage<String> onLoop(Supplier<CompletionStage<String>> work) {
        CompletableFuture<String> done = new CompletableFuture<>();
        loop.execute(() -> {
            try {
                work.get().whenComplete((text, failure) -> {
                    if (failure == null) {
                        done.complete(text);
                    } else {
                        done.completeExceptionally(honest(failure));
                    }
                });
            } catch (RuntimeException e) {
                done.completeExceptionally(honest(e));
            }
        });
        return done;
    }

    private static ClusterException honest(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (cause instanceof ClusterException known) {
            return known;
        }
        if (cause instanceof LedgerException ledger) {
            return switch (ledger.kind()) {
                case REFUSED -> new ClusterException(Kind.REFUSED, "Refused: " + ledger.getMessage());
                case NOT_DONE ->
                    new ClusterException(Kind.NO_QUORUM, "Not done, and it will not be: " + ledger.getMessage());
                case UNKNOWN ->
                    new ClusterException(
                            Kind.UNKNOWN_OUTCOME,
                            "It may still take effect: " + ledger.getMessage() + "; look with 'ha deployments'");
            };
        }
        return new ClusterException(Kind.REFUSED, "Not deployed: " + Reasons.of(cause));
    }
}
