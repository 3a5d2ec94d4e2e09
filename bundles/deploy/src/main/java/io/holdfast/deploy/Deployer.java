package io.holdfast.deploy;

import io.holdfast.api.runtime.Loop;
import io.holdfast.api.runtime.Signatures;
import io.holdfast.api.runtime.TypeTrials;
import io.holdfast.api.runtime.Workers;
import io.holdfast.api.transport.Registration;
import io.holdfast.deploy.Bundles.Installed;
import io.holdfast.deploy.Bundles.Look;
import io.holdfast.deploy.Store.Trial;
import io.holdfast.model.ClusterState;
import io.holdfast.model.Command;
import io.holdfast.model.DeploymentRecord;
import io.holdfast.model.DeploymentRecord.Artifact;
import io.holdfast.model.DeploymentRecord.Stage;
import io.holdfast.model.DeploymentRecord.Standing;
import io.holdfast.model.Entry;
import io.holdfast.model.NodeRecord;
import io.holdfast.model.Result;
import io.holdfast.model.ledger.LogListener;
import io.holdfast.model.ledger.ReplicatedLog;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares the bundles that the cluster state wants here with those that are here, and acts, one at a time; then says how it went. It
 * remembers nothing that it could not find out again, but what is being activated, in case that ends the process. On the loop only.
 */
public final class Deployer implements LogListener, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Deployer.class);

    /** What nobody tells: a bundle that somebody removed by hand. */
    private static final Duration TICK = Duration.ofSeconds(5);

    private static final Duration DISK = Duration.ofSeconds(30);

    /** Resolving and the bundle's own activator. */
    static final Duration ACTIVATION = Duration.ofSeconds(60);

    /** From its start until all of it is well. */
    static final Duration GATE = Duration.ofSeconds(30);

    private static final Duration GATE_LOOK = Duration.ofMillis(200);

    /** A network that comes back within seconds takes no deployment back. */
    private static final int FETCH_ROUNDS = 3;

    private static final Duration FETCH_PAUSE = Duration.ofSeconds(2);
    private static final Duration SAYING = Duration.ofSeconds(5);

    /** After a failure, doubled with each. */
    private static final Duration FIRST_REST = Duration.ofSeconds(10);

    private static final Duration LONGEST_REST = Duration.ofMinutes(5);

    /** Longer than a node needs for any step, so one that says nothing for so long will not. */
    static final Duration OVERDUE = Duration.ofMinutes(3);

    private static final Duration PRUNE = Duration.ofMinutes(10);
    private static final Duration KEPT = Duration.ofHours(1);

    /** What failed here, and when it may be tried again. */
    private record Rest(long index, String digest, int times, long until, String reason) {}

    private record Watched(DeploymentRecord record, long since) {}

    private final Loop loop;
    private final Workers workers;
    private final InstantSource wall;
    private final ReplicatedLog ledger;
    private final Here here;
    private final Store store;
    private final Bundles bundles;
    private final Fetching fetching;
    private final Signatures signatures;
    private final List<AutoCloseable> open = new ArrayList<>();
    private final Map<String, Rest> rests = new HashMap<>();
    private final Map<String, Watched> watched = new HashMap<>();
    private final Set<String> rollingBack = new HashSet<>();
    private Optional<Trial> unfinished = Optional.empty();
    private Object seen = "";
    private boolean ready;
    private boolean busy;
    private boolean again;
    private boolean closed;
    private long prunedAt;

    Deployer(
            Loop loop,
            Workers workers,
            InstantSource wall,
            ReplicatedLog ledger,
            Here here,
            Store store,
            Bundles bundles,
            Fetching fetching,
            Signatures signatures) {
        this.loop = loop;
        this.workers = workers;
        this.wall = wall;
        this.ledger = ledger;
        this.here = here;
        this.store = store;
        this.bundles = bundles;
        this.fetching = fetching;
        this.signatures = signatures;
        prunedAt = loop.nanos();
    }

    /** Begins. */
    public void start() {
        open.add(ledger.listen(this));
        Registration changes = here.onChange(this::look);
        open.add(changes);
        workers.submit("look for an unfinished deployment", DISK, store::unfinished)
                .whenComplete((trial, failure) -> {
                    if (failure != null) {
                        log.warn("What was being activated when the daemon ended is not known", failure);
                    } else {
                        unfinished = trial;
                    }
                    ready = true;
                    look();
                });
        tick();
    }

    @Override
    public void close() {
        closed = true;
        for (AutoCloseable each : open) {
            try {
                each.close();
            } catch (Exception e) {
                log.debug("A listener did not close", e);
            }
        }
        open.clear();
    }

    @Override
    public void applied(long index, Entry entry, Result result, ClusterState state) {
        if (state.deployments() != seen) {
            seen = state.deployments();
            look();
        }
    }

    @Override
    public void replaced(ClusterState state) {
        look();
    }

    private void tick() {
        if (!closed) {
            look();
            lookForOverdue();
            prune();
            loop.schedule(TICK, this::tick);
        }
    }

    private void look() {
        if (closed || !ready || here.incarnation() == 0) {
            return;
        }
        if (busy) {
            again = true;
            return;
        }
        busy = true;
        workers.submit("look at the deployed bundles", DISK, bundles::installed).whenComplete((installed, failure) -> {
            if (failure == null) {
                act(installed);
            } else {
                log.warn("The bundles of this node cannot be looked at", failure);
                idle();
            }
        });
    }

    private void idle() {
        busy = false;
        if (again && !closed) {
            again = false;
            look();
        } else {
            here.trials().ifPresent(TypeTrials::end);
        }
    }

    /** Something was done: there may be more to do. */
    private void next() {
        again = true;
        idle();
    }

    private void act(SortedMap<String, Installed> installed) {
        if (closed) {
            return;
        }
        SortedMap<String, DeploymentRecord> deployments = ledger.state().deployments();
        rests.keySet().retainAll(deployments.keySet());
        for (DeploymentRecord record : deployments.values()) {
            Optional<Artifact> target = record.target(here.node());
            @Nullable Installed present = installed.get(record.name());
            if (target.isEmpty()) {
                if (present != null) {
                    remove(record.name());
                    return;
                }
            } else if (resting(record, target.get()).isPresent()) {
                if (wordMissing(record, target.get(), false)) {
                    say(
                            record,
                            target.get(),
                            false,
                            resting(record, target.get()).get().reason(),
                            List.of());
                    return;
                }
            } else if (present == null || !present.digest().equals(target.get().digest()) || !present.active()) {
                put(record, target.get());
                return;
            } else if (wordMissing(record, target.get(), true)) {
                gate(record, target.get(), loop.nanos() + GATE.toNanos());
                return;
            }
        }
        for (String name : installed.keySet()) {
            if (!deployments.containsKey(name)) {
                remove(name);
                return;
            }
        }
        idle();
    }

    private boolean wordMissing(DeploymentRecord record, Artifact target, boolean well) {
        Standing standing = record.nodes().get(here.node());
        boolean isNew = target.digest().equals(record.wanted().digest()) && record.stage() != Stage.ROLLED_BACK;
        return standing == null
                || standing.well() != well
                || !standing.digest().equals(target.digest())
                || (isNew && standing.index() != record.index());
    }

    private Optional<Rest> resting(DeploymentRecord record, Artifact target) {
        return Optional.ofNullable(rests.get(record.name()))
                .filter(rest -> rest.index() == record.index())
                .filter(rest -> rest.digest().equals(target.digest()))
                .filter(rest -> loop.nanos() < rest.until());
    }

    // ---- steps, each of which ends with next() ----

    private void remove(String name) {
        workers.submit("remove " + name, ACTIVATION, () -> {
                    bundles.remove(name);
                    return true;
                })
                .whenComplete((done, failure) -> {
                    if (failure == null) {
                        log.info("{} is taken away: it is not deployed here any more", name);
                        next();
                    } else {
                        log.warn("{} cannot be taken away yet: {}", name, Reasons.of(failure));
                        idle(); // tried again with the next tick
                    }
                });
    }

    private void put(DeploymentRecord record, Artifact target) {
        Trial trial = new Trial(record.name(), target.digest(), record.index());
        if (unfinished.filter(trial::equals).isPresent()) {
            unfinished = Optional.empty();
            failed(record, target, "the daemon ended while it was being activated there");
            return;
        }
        fetch(record, target, trial, 1);
    }

    private void fetch(DeploymentRecord record, Artifact target, Trial trial, int round) {
        fetching.have(target.digest(), sources(record, target)).whenComplete((there, failure) -> {
            if (closed) {
                return;
            }
            if (failure == null) {
                beginTrial(record).whenComplete((begun, trouble) -> activate(record, target, trial));
            } else if (round < FETCH_ROUNDS && stillWanted(record, target)) {
                loop.schedule(FETCH_PAUSE, () -> fetch(record, target, trial, round + 1));
            } else {
                failed(record, target, Reasons.of(failure));
            }
        });
    }

    private boolean stillWanted(DeploymentRecord record, Artifact target) {
        return Optional.ofNullable(ledger.state().deployments().get(record.name()))
                .filter(now -> now.index() == record.index())
                .flatMap(now -> now.target(here.node()))
                .filter(now -> now.digest().equals(target.digest()))
                .isPresent();
    }

    /** Nodes that may have the bytes, the likeliest first. */
    private List<String> sources(DeploymentRecord record, Artifact target) {
        Set<String> nodes = new LinkedHashSet<>();
        nodes.add(record.source());
        record.nodes().forEach((node, standing) -> {
            if (standing.well() && standing.digest().equals(target.digest())) {
                nodes.add(node);
            }
        });
        ledger.state().nodes().values().stream().filter(NodeRecord::joined).forEach(node -> nodes.add(node.name()));
        nodes.remove(here.node());
        return List.copyOf(nodes);
    }

    /** Ended when there is nothing more to do: until then what fails under a bad version is not moved or restarted for that. */
    private CompletionStage<Void> beginTrial(DeploymentRecord record) {
        Set<String> types = new TreeSet<>(record.wanted().types());
        record.previous().ifPresent(before -> types.addAll(before.types()));
        Optional<TypeTrials> trials = here.trials();
        return types.isEmpty() || trials.isEmpty()
                ? CompletableFuture.completedFuture(null)
                : trials.get().begin(types);
    }

    private void activate(DeploymentRecord record, Artifact target, Trial trial) {
        if (closed) {
            return;
        }
        workers.submit("activate " + record.name(), ACTIVATION, () -> {
                    Deployable file = Deployable.read(store.path(target.digest()));
                    signatures.check(store.path(target.digest()));
                    if (!file.name().equals(record.name())) {
                        throw new BundleTrouble("its bytes are of " + file.name());
                    }
                    store.trying(trial);
                    bundles.put(file, target.digest(), store.path(target.digest()));
                    return true;
                })
                .whenComplete((put, failure) -> {
                    if (failure instanceof TimeoutException) {
                        failed(record, target, "its activation did not end within " + ACTIVATION.toSeconds() + " s");
                    } else if (failure != null) {
                        failed(record, target, Reasons.of(failure));
                    } else {
                        log.info("{} {} is started here", record.name(), target.version());
                        gate(record, target, loop.nanos() + GATE.toNanos());
                    }
                });
    }

    private void gate(DeploymentRecord record, Artifact target, long until) {
        if (closed) {
            return;
        }
        if (!stillWanted(record, target)) {
            next();
            return;
        }
        workers.submit("look at " + record.name(), DISK, () -> bundles.look(record.name()))
                .whenComplete((look, failure) -> {
                    if (failure != null) {
                        failed(record, target, Reasons.of(failure));
                    } else if (look instanceof Look.Broken broken) {
                        failed(record, target, broken.why());
                    } else if (look instanceof Look.NotYet notYet) {
                        wait(record, target, until, notYet.what());
                    } else if (look instanceof Look.Well well) {
                        List<String> missing = missing(well.types());
                        if (missing.isEmpty()) {
                            judge(record, target, until, well.types());
                        } else {
                            wait(record, target, until, "its types are registered and not on offer: " + missing);
                        }
                    }
                });
    }

    private void wait(DeploymentRecord record, Artifact target, long until, String what) {
        if (loop.nanos() >= until) {
            failed(record, target, what + ", " + GATE.toSeconds() + " s after its start");
        } else {
            loop.schedule(GATE_LOOK, () -> gate(record, target, until));
        }
    }

    /** The last word has what is configured and what runs here. What is only put back is not asked. */
    private void judge(DeploymentRecord record, Artifact target, long until, List<String> types) {
        Optional<TypeTrials> trials = here.trials();
        if (trials.isEmpty() || record.stage() == Stage.ROLLED_BACK) {
            passed(record, target, types);
            return;
        }
        trials.get().look().whenComplete((verdict, failure) -> {
            if (closed) {
                return;
            }
            if (failure != null) {
                failed(record, target, "what is configured and runs here cannot be looked at: " + Reasons.of(failure));
            } else if (!verdict.troubles().isEmpty()) {
                failed(record, target, String.join("; ", verdict.troubles()));
            } else if (!verdict.waiting().isEmpty()) {
                wait(record, target, until, String.join("; ", verdict.waiting()));
            } else {
                passed(record, target, types);
            }
        });
    }

    private List<String> missing(List<String> types) {
        Set<String> offered = here.types();
        return types.stream()
                .filter(type -> !type.endsWith(":") && !offered.contains(type))
                .toList();
    }

    private void passed(DeploymentRecord record, Artifact target, List<String> types) {
        rests.remove(record.name());
        forgetTrial();
        if (wordMissing(ledger.state().deployments().getOrDefault(record.name(), record), target, true)) {
            say(record, target, true, "", types);
        } else {
            next();
        }
    }

    private void failed(DeploymentRecord record, Artifact target, String reason) {
        if (closed) {
            return;
        }
        log.warn("{} {} is not well here: {}", record.name(), target.version(), reason);
        @Nullable Rest before = rests.get(record.name());
        int times = before != null
                        && before.index() == record.index()
                        && before.digest().equals(target.digest())
                ? before.times() + 1
                : 0;
        long pause = Math.min(LONGEST_REST.toNanos(), FIRST_REST.toNanos() << Math.min(times, 10));
        rests.put(record.name(), new Rest(record.index(), target.digest(), times, loop.nanos() + pause, reason));
        forgetTrial();
        say(record, target, false, reason, List.of());
    }

    private void forgetTrial() {
        workers.submit("note the end of an activation", DISK, () -> {
                    store.tried();
                    return true;
                })
                .whenComplete((done, failure) -> {
                    if (failure != null) {
                        log.warn("The note of an activation cannot be removed", failure);
                    }
                });
    }

    private void say(DeploymentRecord record, Artifact target, boolean well, String detail, List<String> types) {
        Command word = new Command.Deployed(
                here.node(), here.incarnation(), record.name(), record.index(), target.digest(), well, detail, types);
        ledger.append(word, SAYING).whenComplete((appended, failure) -> {
            if (failure != null) {
                log.debug("{} is not in the ledger yet: {}", word, failure.getMessage());
                busy = false; // said again with the next tick, if it is still true
                again = false;
            } else {
                next();
            }
        });
    }

    // ---- on the leader ----

    private void lookForOverdue() {
        ReplicatedLog.Leadership leadership = ledger.leadership();
        SortedMap<String, DeploymentRecord> deployments = ledger.state().deployments();
        watched.keySet().retainAll(deployments.keySet());
        for (DeploymentRecord record : deployments.values()) {
            if (!record.underWay() || !leadership.self() || !leadership.ready()) {
                watched.remove(record.name());
                continue;
            }
            @Nullable Watched before = watched.get(record.name());
            if (before == null || !before.record().equals(record)) {
                watched.put(record.name(), new Watched(record, loop.nanos()));
            } else if (loop.nanos() - before.since() > OVERDUE.toNanos() && rollingBack.add(record.name())) {
                String who = record.stage() == Stage.FIRST ? record.first() : String.join(", ", silent(record));
                ledger.append(
                                new Command.RollBack(
                                        record.name(),
                                        record.index(),
                                        "no word from " + who + " within " + OVERDUE.toMinutes() + " min"),
                                SAYING)
                        .whenComplete((appended, failure) -> rollingBack.remove(record.name()));
            }
        }
    }

    private List<String> silent(DeploymentRecord record) {
        return ledger.state().nodes().values().stream()
                .filter(node -> node.joined() && !node.terms().witness())
                .map(NodeRecord::name)
                .filter(node -> !record.wellOn(node))
                .toList();
    }

    // ---- room on the disk ----

    private void prune() {
        if (busy || loop.nanos() - prunedAt < PRUNE.toNanos()) {
            return;
        }
        prunedAt = loop.nanos();
        Set<String> needed = new HashSet<>();
        for (DeploymentRecord record : ledger.state().deployments().values()) {
            needed.add(record.wanted().digest());
            record.previous().ifPresent(before -> needed.add(before.digest()));
        }
        Instant before = wall.instant().minus(KEPT);
        workers.submit("remove old bundles", DISK, () -> {
                    store.prune(needed, before);
                    return true;
                })
                .whenComplete((done, failure) -> {
                    if (failure != null) {
                        log.warn("Old bundles cannot be removed", failure);
                    }
                });
    }
}
