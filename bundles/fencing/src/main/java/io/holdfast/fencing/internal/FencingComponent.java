package io.holdfast.fencing.internal;

import io.holdfast.api.fencing.FenceDevice;
import io.holdfast.api.fencing.FenceTypes;
import io.holdfast.api.runtime.GuardLink;
import io.holdfast.api.runtime.Loop;
import io.holdfast.api.runtime.NodeSettings;
import io.holdfast.api.runtime.Workers;
import io.holdfast.api.transport.Transport;
import io.holdfast.fencing.Fencing;
import io.holdfast.membership.Membership;
import io.holdfast.membership.World;
import io.holdfast.model.ledger.ReplicatedLog;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.bundle.Capability;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Builds this node's fencing on the layers below, and offers it. When one of them goes, it takes a hold first, so that what runs here
 * goes on until it is back.
 */
@Component(
        service = {},
        immediate = true)
@Capability(
        namespace = "osgi.service",
        attribute = "objectClass:List<String>=\"io.holdfast.fencing.Fencing,io.holdfast.api.fencing.FenceTypes\"",
        effective = "active")
public final class FencingComponent {
    private static final Logger log = LoggerFactory.getLogger(FencingComponent.class);
    /** A swap takes a second or two; the others wait so long at most if it goes wrong. */
    private static final Duration HOLD = Duration.ofSeconds(60);
    /** Without quorum the hold fails, and the swap goes on without it. */
    private static final Duration HOLD_LIMIT = Duration.ofSeconds(3);

    private static final Duration STOP_LIMIT = Duration.ofSeconds(2);

    private final BundleContext bundle;
    private final Loop loop;
    private final DeviceDirectory devices;
    private final FenceCatalog catalog;
    private final Fencing fencing;
    private @Nullable ServiceRegistration<Fencing> registration;
    private @Nullable ServiceRegistration<FenceTypes> types;
    private boolean ended;

    /** Called by DS. */
    @Activate
    public FencingComponent(
            BundleContext bundle,
            @Reference Loop loop,
            @Reference Workers workers,
            @Reference NodeSettings settings,
            @Reference Transport transport,
            @Reference ReplicatedLog ledger,
            @Reference GuardLink guard,
            @Reference Membership membership) {
        this.bundle = bundle;
        this.loop = loop;
        AgentShelf agents = new AgentShelf(AgentFolders.of(System.getenv().getOrDefault("PATH", "")), loop::nanos);
        devices = new DeviceDirectory(loop, workers, agents);
        catalog = new FenceCatalog(loop, workers, agents, devices);
        fencing = new Fencing(
                new World(loop, transport, ledger, guard, settings), membership, devices, new SecureRandom());
    }

    /** A kind of fence device came. */
    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    public void addDevice(FenceDevice device) {
        devices.add(device);
    }

    /** It went. */
    public void removeDevice(FenceDevice device) {
        devices.remove(device);
    }

    /** Called by DS. */
    @Activate
    public void start() {
        loop.execute(() -> {
            if (!ended) {
                fencing.start();
            }
        });
        registration = bundle.registerService(Fencing.class, fencing, null);
        types = bundle.registerService(FenceTypes.class, catalog, null);
    }

    /** Called by DS. */
    @Deactivate
    public void stop() {
        if (bundle.getBundle(0).getState()
                != Bundle.STOPPING) { // a daemon that ends either left before, or must be taken over
            await("a hold", HOLD_LIMIT, () -> fencing.hold(HOLD, HOLD_LIMIT));
        }
        ServiceRegistration<Fencing> registered = registration;
        if (registered != null) {
            registered.unregister(); // who needs it goes first
        }
        ServiceRegistration<FenceTypes> offered = types;
        if (offered != null) {
            offered.unregister();
        }
        await("its end", STOP_LIMIT, () -> {
            ended = true;
            fencing.stop();
            return CompletableFuture.completedFuture("");
        });
    }

    private void await(String what, Duration limit, Supplier<CompletionStage<String>> onLoop) {
        CompletableFuture<String> done = new CompletableFuture<>();
        loop.execute(() -> onLoop.get().whenComplete((said, failure) -> {
            if (failure == null) {
                done.complete(said);
            } else {
                done.completeExceptionally(failure);
            }
        }));
        try {
            String said = done.get(limit.toMillis() + 100, TimeUnit.MILLISECONDS);
            if (!said.isEmpty()) {
                log.info("{}", said);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException e) {
            log.warn(
                    "Fencing ends without {}: {}",
                    what,
                    e.getCause() == null ? e.getMessage() : e.getCause().getMessage());
        } catch (TimeoutException e) {
            log.warn("Fencing ends without waiting longer for {} than {} ms", what, limit.toMillis());
        }
    }
}
