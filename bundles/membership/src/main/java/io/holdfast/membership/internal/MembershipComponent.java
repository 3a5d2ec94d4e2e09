package io.holdfast.membership.internal;

import io.holdfast.api.cluster.Cluster;
import io.holdfast.api.runtime.GuardLink;
import io.holdfast.api.runtime.Loop;
import io.holdfast.api.runtime.NodeIdentity;
import io.holdfast.api.runtime.NodeSettings;
import io.holdfast.api.runtime.Stalls;
import io.holdfast.api.runtime.Workers;
import io.holdfast.api.transport.Registration;
import io.holdfast.api.transport.Transport;
import io.holdfast.membership.Membership;
import io.holdfast.membership.World;
import io.holdfast.model.Levels;
import io.holdfast.model.ledger.ReplicatedLog;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.bundle.Capability;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.framework.Version;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Builds this node's membership on the layers below, and offers it. When one of them goes, so does this; the node does not leave. */
@Component(
        service = {},
        immediate = true)
@Capability(
        namespace = "osgi.service",
        attribute = "objectClass:List<String>=\"io.holdfast.membership.Membership,io.holdfast.api.cluster.Cluster\"",
        effective = "active")
public final class MembershipComponent {
    private static final Logger log = LoggerFactory.getLogger(MembershipComponent.class);
    private static final Duration FACTS_EVERY = Duration.ofSeconds(5);
    /** A disk that hangs must not keep many workers. */
    private static final Duration FACTS_LIMIT = Duration.ofSeconds(20);

    private static final Duration STOP_LIMIT = Duration.ofSeconds(2);

    private final BundleContext bundle;
    private final Loop loop;
    private final Workers workers;
    private final Membership membership;
    private final MachineFacts facts;
    private final Stalls stalls;
    private final Duration stalledFrom;
    private @Nullable Registration stallNotes;
    private @Nullable ServiceRegistration<?> registration;
    private volatile boolean ended;

    /** Called by DS. */
    @Activate
    public MembershipComponent(
            BundleContext bundle,
            @Reference Loop loop,
            @Reference Workers workers,
            @Reference Stalls stalls,
            @Reference InstantSource wall,
            @Reference NodeSettings settings,
            @Reference NodeIdentity identity,
            @Reference Transport transport,
            @Reference ReplicatedLog ledger,
            @Reference GuardLink guard)
            throws InterruptedException {
        this.bundle = bundle;
        this.loop = loop;
        this.workers = workers;
        this.stalls = stalls;
        stalledFrom = settings.lease().dividedBy(2);
        Version version = bundle.getBundle().getVersion();
        String plain = version.getMajor() + "." + version.getMinor() + "." + version.getMicro();
        World world = new World(loop, transport, ledger, guard, settings);
        CompletableFuture<Membership> made = new CompletableFuture<>();
        loop.execute(() -> {
            try {
                made.complete(new Membership(world, wall, identity, plain, Levels.THIS.newest()));
            } catch (RuntimeException e) {
                made.completeExceptionally(e);
            }
        });
        try {
            membership = made.get(STOP_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException("Membership could not be made on the node's loop", e);
        }
        facts = new MachineFacts(Path.of("/proc"), settings.diskPaths());
    }

    /** Called by DS. */
    @Activate
    public void start() {
        loop.execute(() -> {
            if (!ended) {
                membership.start();
                stallNotes = stalls.onStall(stalledFrom, stall -> membership.stalled(stall.length(), stall.cause()));
                look();
            }
        });
        registration = bundle.registerService(
                new String[] {Membership.class.getName(), Cluster.class.getName()}, membership, null);
    }

    private void look() {
        if (ended) {
            return;
        }
        workers.submit("facts of this machine", FACTS_LIMIT, facts::read).whenComplete((read, failure) -> {
            if (ended) {
                return;
            }
            if (failure == null) {
                read.forEach(membership::tell);
                membership.tell("stall.count", String.valueOf(stalls.count()));
                membership.tell(
                        "stall.longest_ms", String.valueOf(stalls.longest().toMillis()));
            } else {
                log.debug("Load, memory and disk could not be read", failure);
            }
            loop.schedule(FACTS_EVERY, this::look);
        });
    }

    /** Called by DS. */
    @Deactivate
    public void stop() {
        ServiceRegistration<?> registered = registration;
        if (registered != null) {
            registered.unregister(); // who needs it goes first
        }
        ended = true;
        CompletableFuture<Void> done = new CompletableFuture<>();
        loop.execute(() -> {
            if (stallNotes != null) {
                stallNotes.close();
            }
            membership.stop();
            done.complete(null);
        });
        try {
            done.get(STOP_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            log.warn("Membership had not stopped on the loop after {} ms; it does so later", STOP_LIMIT.toMillis());
        }
    }
}
