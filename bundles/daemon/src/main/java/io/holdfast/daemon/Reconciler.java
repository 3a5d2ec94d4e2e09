package io.holdfast.daemon;

import io.holdfast.api.resource.CloneInstance;
import io.holdfast.api.runtime.Loop;
import io.holdfast.api.runtime.TypeTrials;
import io.holdfast.model.ClusterState;
import io.holdfast.model.Command;
import io.holdfast.model.Entry;
import io.holdfast.model.Grant;
import io.holdfast.model.InstanceRecord;
import io.holdfast.model.InstanceRecord.FailureRecord;
import io.holdfast.model.InstanceRecord.State;
import io.holdfast.model.Instances;
import io.holdfast.model.NodeRecord;
import io.holdfast.model.Result;
import io.holdfast.model.config.Configuration;
import io.holdfast.model.config.Resource;
import io.holdfast.model.ledger.LogListener;
import io.holdfast.model.ledger.ReplicatedLog;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares what runs on this node with what it is granted, and acts: starts, monitors, restarts, stops, reports. It needs to have
 * seen no event, so it may begin at any moment; what an earlier daemon left running it looks at first and then goes on with it.
 *
 * <p>On the loop only. Closing it stops nothing that runs.
 */
public final class Reconciler implements LogListener, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Reconciler.class);

    /** Shared memory calls nobody, so a closing that no callback told of is seen after this at the latest. */
    private static final Duration GUARD_LOOK = Duration.ofMillis(500);

    private static final Duration FIND_TYPES = Duration.ofSeconds(2);

    private final Site site;
    private final Operations operations;
    private final Lease lease;
    private final Appends appends;
    private final Trials trials;
    private final Map<String, Holding> holdings = new TreeMap<>();
    private final Set<String> dirty = new TreeSet<>();
    private final List<AutoCloseable> registrations = new ArrayList<>();
    private boolean allDirty;
    private boolean awake;
    private boolean adopted;
    private boolean closed;
    private boolean runsInDaemon;
    private long closings;
    private long typeChanges;

    /** Creates it; it does nothing before {@link #start}. */
    public Reconciler(Site site, Operations operations, Lease lease) {
        this.site = site;
        this.operations = operations;
        this.lease = lease;
        appends = new Appends(site.loop(), site.log());
        trials = new Trials(site, operations, this::watched, this::monitorNow);
    }

    private Set<String> watched() {
        Set<String> names = new TreeSet<>();
        holdings.values().stream().filter(Holding::isWatched).forEach(holding -> names.add(holding.name()));
        return names;
    }

    private void monitorNow(String name) {
        Optional.ofNullable(holdings.get(name)).ifPresent(Holding::monitorNow);
    }

    /** {@return what lets another version of a type prove itself here} */
    Trials trials() {
        return trials;
    }

    /** {@return the same, for who puts that version here} */
    public TypeTrials typeTrials() {
        return trials;
    }

    /** Begins. */
    public void start() {
        closings = lease.closings();
        registrations.add(site.log().listen(this));
        registrations.add(lease.onChange(this::wakeAll));
        registrations.add(site.peers().onChange(this::wakeAll));
        registrations.add(operations.onTypes(this::typesChanged));
        if (operations.types().isEmpty()) { // they are still being found; telling of none would alarm people
            site.loop().schedule(FIND_TYPES, this::tellTypes);
        } else {
            tellTypes();
        }
        warm();
        lookAgain();
        wakeAll();
    }

    /** Ends: resources run on, nothing is looked at any more. */
    @Override
    public void close() {
        closed = true;
        holdings.values().forEach(Holding::freeze);
        appends.close();
        registrations.forEach(Reconciler::closeQuietly);
        registrations.clear();
    }

    static void closeQuietly(AutoCloseable registration) {
        try {
            registration.close();
        } catch (Exception e) {
            log.warn("Taking back a registration failed", e);
        }
    }

    /** {@return the instances that may run here, with what is known of each, for people} */
    public List<String> report() {
        return holdings.values().stream().map(Holding::toString).toList();
    }

    /** {@return whether nothing runs here, as far as this daemon can tell} */
    public boolean empty() {
        return adopted && holdings.values().stream().allMatch(holding -> holding.phase() == Holding.Phase.ABSENT);
    }

    // ---- what wakes it ----

    @Override
    public void applied(long index, Entry entry, Result result, ClusterState state) {
        Optional<String> instance = instanceOf(entry.command());
        if (instance.isPresent()) {
            dirty.add(instance.get());
        } else {
            allDirty = true;
        }
        if (entry.command() instanceof Command.Apply) {
            warm();
        }
        wake();
    }

    /** Asks the types for their time limits early, so that no takeover waits for that. */
    private void warm() {
        site.log().state().configuration().resources().values().stream()
                .map(Resource::type)
                .distinct()
                .filter(operations.types()::contains)
                .forEach(operations::describe);
    }

    @Override
    public void replaced(ClusterState state) {
        wakeAll();
    }

    @Override
    public void led(ReplicatedLog.Leadership leadership) {
        if (!leadership.leader().isEmpty()) {
            appends.retryNow();
            wakeAll();
        }
    }

    private static Optional<String> instanceOf(Command command) {
        if (command instanceof Command.Allow allow) {
            return Optional.of(allow.instance());
        } else if (command instanceof Command.Revoke revoke) {
            return Optional.of(revoke.instance());
        } else if (command instanceof Command.Release release) {
            return Optional.of(release.instance());
        } else if (command instanceof Command.Reported reported) {
            return Optional.of(reported.instance());
        } else if (command instanceof Command.Failure failure) {
            return Optional.of(failure.instance());
        } else if (command instanceof Command.Forget forget) {
            return Optional.of(forget.instance());
        } else if (command instanceof Command.Note note) {
            return Optional.of(note.instance());
        }
        return Optional.empty();
    }

    private void typesChanged() {
        typeChanges++;
        trials.typesChanged();
        holdings.values().forEach(Holding::typesChanged);
        tellTypes();
        warm();
        wakeAll();
    }

    private void tellTypes() {
        if (closed) {
            return;
        }
        site.peers().tell(Peers.TYPES, String.join(" ", new TreeSet<>(operations.types())));
    }

    private void lookAgain() {
        if (!closed) {
            if (lease.closings() != closings
                    || holdings.values().stream().anyMatch(h -> h.phase() == Holding.Phase.GUARDED)) {
                wakeAll();
            }
            site.loop().scheduleLoosely(GUARD_LOOK, this::lookAgain);
        }
    }

    private void wakeAll() {
        allDirty = true;
        wake();
    }

    private void wake() {
        if (!awake && !closed) {
            awake = true;
            site.loop().execute(this::turn);
        }
    }

    private void turn() {
        awake = false;
        if (closed || site.peers().incarnation() == 0) {
            return; // not joined: what runs here runs under the guard's deadline, and membership comes first
        }
        lookAtGuard();
        adopt();
        Set<String> names = new TreeSet<>();
        dirty.forEach(name -> names.addAll(Instances.isRight(name) ? copies(name) : Set.of(name)));
        if (allDirty) {
            names.addAll(holdings.keySet());
            for (Grant grant : site.log().state().grants().values()) {
                if (isOurs(grant) && !Instances.isRight(grant.instance())) {
                    names.add(grant.instance());
                }
            }
        }
        dirty.clear();
        allDirty = false;
        for (String name : names) {
            step(name);
        }
    }

    /** The copies here that a right may be about. */
    private Set<String> copies(String right) {
        String resource = Instances.resource(right);
        Set<String> names = new TreeSet<>();
        holdings.keySet().stream()
                .filter(name -> Instances.resource(name).equals(resource))
                .forEach(names::add);
        Instances.copies(site.log().state().grants(), resource).stream()
                .filter(this::isOurs)
                .forEach(grant -> names.add(grant.instance()));
        return names;
    }

    private void step(String name) {
        Holding holding = holdings.get(name);
        if (holding == null) {
            Optional<Grant> grant = grant(name);
            if (grant.isEmpty()) {
                return;
            }
            holding = new Holding(this, name, Holding.Phase.ABSENT, grant.get().token());
            holdings.put(name, holding);
        }
        holding.step();
    }

    /** At the beginning: what is granted already, and what an earlier daemon left, may run; nothing is known of it yet. */
    private void adopt() {
        if (adopted) {
            return;
        }
        adopted = true;
        Set<String> names = new TreeSet<>(operations.leftovers());
        site.log().state().grants().values().stream()
                .filter(this::isOurs)
                .filter(grant -> !Instances.isRight(grant.instance()))
                .forEach(grant -> names.add(grant.instance()));
        boolean guarded = !lease.provedStopped();
        for (String name : names) {
            Holding holding = new Holding(
                    this,
                    name,
                    guarded ? Holding.Phase.GUARDED : Holding.Phase.UNKNOWN,
                    grant(name).map(Grant::token).orElse(0L));
            operations.startedAs(name).ifPresent(holding::startedAs);
            holdings.put(name, holding);
        }
        allDirty = true;
        if (!names.isEmpty()) {
            log.info("Found from before on this node: {}", names);
        }
    }

    // ---- what a holding asks ----

    void lookAtGuard() {
        long now = lease.closings();
        if (now != closings) {
            closings = now;
            log.warn("The lease ended: the guard stops everything on this node");
            holdings.values().forEach(Holding::guarded);
            wakeAll();
        }
    }

    boolean closed() {
        return closed;
    }

    /** {@return how often the types on offer changed} */
    long typeChanges() {
        return typeChanges;
    }

    Lease lease() {
        return lease;
    }

    Loop loop() {
        return site.loop();
    }

    Operations operations() {
        return operations;
    }

    String node() {
        return site.node();
    }

    /** {@return the grant of the instance to this very incarnation} */
    Optional<Grant> grant(String instance) {
        return Optional.ofNullable(site.log().state().grants().get(instance)).filter(this::isOurs);
    }

    /** {@return the grant to this very incarnation of the right by which this copy may be promoted} */
    Optional<Grant> right(String instance) {
        return Instances.number(instance) < 0
                ? Optional.empty()
                : Instances.rights(site.log().state().grants(), Instances.resource(instance)).stream()
                        .filter(this::isOurs)
                        .findFirst();
    }

    /** {@return whether it is proved of each copy of that resource here that it is not promoted: there should be one, and a right is theirs} */
    boolean nonePromoted(String instance) {
        String resource = Instances.resource(instance);
        return holdings.values().stream()
                .filter(holding -> Instances.resource(holding.name()).equals(resource))
                .allMatch(Holding::provedUnpromoted);
    }

    /** Lets the other copies of that resource here look again. */
    void wakeCopies(String instance) {
        String resource = Instances.resource(instance);
        for (String other : Instances.number(instance) < 0 ? Set.<String>of() : holdings.keySet()) {
            if (!other.equals(instance) && Instances.resource(other).equals(resource)) {
                dirty.add(other);
                wake();
            }
        }
    }

    private boolean isOurs(Grant grant) {
        return grant.node().equals(site.node())
                && grant.incarnation() == site.peers().incarnation();
    }

    /** {@return whether this incarnation is a member: not expelled} */
    boolean member() {
        return self().map(node -> node.phase() == NodeRecord.Phase.JOINED).orElse(false);
    }

    private Optional<NodeRecord> self() {
        return Optional.ofNullable(site.log().state().nodes().get(site.node()))
                .filter(node -> node.incarnation() == site.peers().incarnation());
    }

    boolean leftAlone(String instance) {
        ClusterState state = site.log().state();
        return state.maintenance()
                || self().map(NodeRecord::maintenance).orElse(false)
                || record(instance).map(record -> record.wanted().maintenance()).orElse(false);
    }

    private Optional<InstanceRecord> record(String instance) {
        return Optional.ofNullable(site.log().state().instances().get(instance));
    }

    Optional<FailureRecord> failures(String instance) {
        return record(instance)
                .flatMap(record -> Optional.ofNullable(record.failures().get(site.node())));
    }

    /** {@return whether the instance was defined anew since the grant with this token} */
    boolean outdated(String instance, long token) {
        return record(instance).map(record -> record.definedAt() > token).orElse(false);
    }

    Map<String, String> notes(String instance) {
        return record(instance).<Map<String, String>>map(InstanceRecord::notes).orElse(Map.of());
    }

    Optional<Resource> resource(String instance) {
        return Instances.of(site.log().state()).definition(instance);
    }

    /** {@return which instance of a clone it is} */
    Optional<CloneInstance> copy(String instance) {
        Instances instances = Instances.of(site.log().state());
        return instances
                .clone(instance)
                .map(clone -> new CloneInstance(
                        Instances.number(instance),
                        instances.count(clone),
                        clone.perNode(),
                        clone.unique(),
                        Instances.promoted(clone)));
    }

    int threshold(String instance) {
        Configuration configuration = site.log().state().configuration();
        return resource(instance).map(configuration::migrationThreshold).orElse(0);
    }

    boolean reported(String instance, long token, State state) {
        return report(instance, token).map(report -> report.state() == state).orElse(false);
    }

    private Optional<InstanceRecord.Report> report(String instance, long token) {
        return record(instance).flatMap(InstanceRecord::report).filter(report -> report.token() == token);
    }

    /** Makes the ledger say this of the instance, unless it does. */
    void report(Grant grant, State state, String detail) {
        Optional<InstanceRecord.Report> now = report(grant.instance(), grant.token());
        if (now.isPresent() && now.get().state() == state && now.get().detail().equals(detail)) {
            return;
        }
        append(
                "report " + grant.instance(),
                new Command.Reported(
                        grant.instance(), grant.node(), grant.incarnation(), grant.token(), state, detail));
    }

    /** As {@link #report}, but only if something else was reported under this grant: silence says the same. */
    void correct(Grant grant, State state, String detail) {
        Optional<InstanceRecord.Report> now = report(grant.instance(), grant.token());
        if (now.isPresent() && now.get().state() != state) {
            report(grant, state, detail);
        }
    }

    void release(Grant grant) {
        append(
                "release " + grant.instance(),
                new Command.Release(grant.instance(), grant.node(), grant.incarnation(), grant.token()));
    }

    void expelSelf(String reason) {
        if (member()) {
            append("expel", new Command.Expel(site.node(), site.peers().incarnation(), reason));
        }
    }

    void append(String key, Command command) {
        appends.offer(key, command, free -> {
            if (free.indexOf(' ') < 0) {
                wakeAll();
            } else {
                dirty.add(free.substring(free.indexOf(' ') + 1));
                wake();
            }
        });
    }

    void forget(Holding holding) {
        holdings.remove(holding.name());
    }

    /** Tells the guard, before anything begins to run in this JVM and after the last that did has stopped. */
    void inDaemonChanged() {
        boolean now = holdings.values().stream().anyMatch(Holding::inDaemon);
        if (now != runsInDaemon) {
            runsInDaemon = now;
            lease.inDaemon(now);
        }
    }
}
