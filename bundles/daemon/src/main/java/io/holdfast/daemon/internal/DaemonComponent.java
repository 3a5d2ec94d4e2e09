package io.holdfast.daemon.internal;

import io.holdfast.api.cluster.ClusterControl;
import io.holdfast.api.resource.ResourceType;
import io.holdfast.api.resource.ResourceTypes;
import io.holdfast.api.runtime.Containment;
import io.holdfast.api.runtime.GuardLink;
import io.holdfast.api.runtime.Loop;
import io.holdfast.api.runtime.NodeSettings;
import io.holdfast.api.runtime.TypeTrials;
import io.holdfast.api.runtime.Workers;
import io.holdfast.api.transport.Transport;
import io.holdfast.daemon.Adapters;
import io.holdfast.daemon.Control;
import io.holdfast.daemon.Leader;
import io.holdfast.daemon.Lease;
import io.holdfast.daemon.Notes;
import io.holdfast.daemon.Reconciler;
import io.holdfast.daemon.RemoteTypes;
import io.holdfast.daemon.Site;
import io.holdfast.daemon.Steering;
import io.holdfast.daemon.TypeCatalog;
import io.holdfast.daemon.WarmUp;
import io.holdfast.daemon.WorkerOperations;
import io.holdfast.fencing.Fencing;
import io.holdfast.membership.Membership;
import io.holdfast.model.ledger.ReplicatedLog;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.osgi.annotation.bundle.Capability;
import org.osgi.framework.BundleContext;
import org.osgi.framework.launch.Framework;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Builds the daemon of this node on the layers below. When one of them goes, so does this: what runs is left running, and looked at
 * again when it is back.
 */
@Component(
        service = {},
        immediate = true)
@Capability(
        namespace = "osgi.service",
        attribute = "objectClass:List<String>=\"io.holdfast.api.cluster.ClusterControl\"",
        effective = "active")
public final class DaemonComponent {
    private static final Logger log = LoggerFactory.getLogger(DaemonComponent.class);

    /** How long operations that are under way may go on while this ends; the next daemon must not overlap with them. */
    private static final Duration LAST_OPERATIONS = Duration.ofSeconds(5);

    private static final Duration LOADING = Duration.ofSeconds(10);
    private static final Duration AGAIN = Duration.ofSeconds(2);

    private final BundleContext bundle;
    private final Loop loop;
    private final Workers workers;
    private final TypeCatalog catalog;
    private final Notes notes;
    private final WorkerOperations operations;
    private final Site site;
    private final Lease lease;
    private final Steering steering;
    private final Transport transport;
    private final NodeSettings settings;

    /** What to close, last opened first; on the loop. */
    private final Deque<AutoCloseable> open = new ArrayDeque<>();

    private final List<Offer<?>> offers = new CopyOnWriteArrayList<>();
    private boolean ended;

    /** Called by DS. */
    @Activate
    public DaemonComponent(
            BundleContext bundle,
            @Reference Loop loop,
            @Reference Workers workers,
            @Reference InstantSource wall,
            @Reference NodeSettings settings,
            @Reference Containment containment,
            @Reference Transport transport,
            @Reference ReplicatedLog ledger,
            @Reference GuardLink guard,
            @Reference Membership membership,
            @Reference Fencing fencing) {
        this.bundle = bundle;
        this.loop = loop;
        this.workers = workers;
        this.settings = settings;
        this.transport = transport;
        site = new Site(settings.node(), loop, wall, ledger, Adapters.peers(membership, fencing));
        lease = Adapters.lease(fencing, guard);
        steering = Adapters.steering(fencing, membership);
        catalog = new TypeCatalog(loop, workers);
        notes = new Notes(site);
        operations = new WorkerOperations(loop, workers, containment, catalog, notes, settings);
    }

    /** A type came. */
    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    public void addType(ResourceType type) {
        catalog.add(type);
    }

    /** It went. */
    public void removeType(ResourceType type) {
        catalog.remove(type);
    }

    /** A family of types came. */
    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    public void addFamily(ResourceTypes family) {
        catalog.add(family);
    }

    /** It went. */
    public void removeFamily(ResourceTypes family) {
        catalog.remove(family);
    }

    /** Called by DS. */
    @Activate
    public void start() {
        loop.execute(() ->
                workers.submit("load the planner", LOADING, WarmUp::run).whenComplete((actions, failure) -> prepare()));
    }

    private void prepare() {
        if (ended) {
            return;
        }
        operations.prepare().whenComplete((ready, failure) -> {
            if (ended) {
                return;
            }
            if (failure == null) {
                begin();
            } else {
                log.error(
                        "What an earlier daemon left running cannot be found out, so nothing is run here yet", failure);
                loop.schedule(AGAIN, this::prepare);
            }
        });
    }

    private void begin() {
        notes.start();
        open.push(notes);
        if (settings.role() == NodeSettings.Role.NODE) {
            Reconciler reconciler = new Reconciler(site, operations, lease);
            open.push(reconciler);
            reconciler.start();
            Offer<TypeTrials> trials =
                    new Offer<>(workers, () -> bundle.registerService(TypeTrials.class, reconciler.typeTrials(), null));
            offers.add(trials);
            trials.make(LOADING);
        }
        Leader leader = new Leader(site);
        open.push(leader);
        leader.start();
        RemoteTypes types = new RemoteTypes(site, operations, transport);
        open.push(types);
        Control control = new Control(site, types, steering, settings.port());
        open.push(control);
        if (System.getProperty("holdfast.base")
                != null) { // started by bin/holdfast, not a container of somebody else's
            open.push(new Termination(control, bundle.getBundle(0).adapt(Framework.class)));
        }
        Offer<ClusterControl> made =
                new Offer<>(workers, () -> bundle.registerService(ClusterControl.class, control, null));
        offers.add(made);
        made.make(LOADING);
        log.info("The daemon of {} is at work", settings.node());
    }

    /** Called by DS. Stops nothing that runs. */
    @Deactivate
    public void stop() {
        withdraw(); // who needs it goes first
        await(() -> {
            ended = true;
            while (!open.isEmpty()) {
                close(open.pop());
            }
            catalog.close();
            return operations.idle();
        });
        withdraw(); // it may have been offered while this began to end
    }

    private void withdraw() {
        offers.forEach(Offer::withdraw);
    }

    private static void close(AutoCloseable part) {
        try {
            part.close();
        } catch (Exception e) {
            log.warn("{} did not end cleanly", part, e);
        }
    }

    private void await(Supplier<CompletionStage<Void>> onLoop) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        Runnable end = () -> onLoop.get().whenComplete((nothing, failure) -> done.complete(null));
        if (loop.inLoop()) {
            end.run(); // waiting here would stop what is waited for
            operations.abandon();
            return;
        }
        loop.execute(end);
        try {
            done.get(LAST_OPERATIONS.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            log.warn("Operations are still under way while the daemon's bundle ends; they are looked at afterwards");
            operations.abandon();
        }
    }
}
