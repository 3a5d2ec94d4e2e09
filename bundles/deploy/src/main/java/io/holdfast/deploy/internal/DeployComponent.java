package io.holdfast.deploy.internal;

import io.holdfast.api.cluster.Deployments;
import io.holdfast.api.runtime.Loop;
import io.holdfast.api.runtime.NodeSettings;
import io.holdfast.api.runtime.Signatures;
import io.holdfast.api.runtime.TypeTrials;
import io.holdfast.api.runtime.Workers;
import io.holdfast.api.transport.Registration;
import io.holdfast.api.transport.Transport;
import io.holdfast.deploy.Assembly;
import io.holdfast.deploy.Bundles;
import io.holdfast.deploy.Here;
import io.holdfast.deploy.Store;
import io.holdfast.membership.Membership;
import io.holdfast.model.ledger.ReplicatedLog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.apache.karaf.features.FeaturesService;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.bundle.Capability;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.util.tracker.ServiceTracker;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Wires deployments to the layers below. When one of them goes, so does this; the deployed bundles stay as they are. */
@Component(
        service = {},
        immediate = true)
@Capability(
        namespace = "osgi.service",
        attribute = "objectClass:List<String>=\"io.holdfast.api.cluster.Deployments\"",
        effective = "active")
public final class DeployComponent {
    private static final Logger log = LoggerFactory.getLogger(DeployComponent.class);
    private static final Duration LIMIT = Duration.ofSeconds(5);

    private final BundleContext bundle;
    private final Loop loop;
    /** The layer above: it comes and goes while this is at work. */
    private final ServiceTracker<TypeTrials, TypeTrials> trials;

    private final Assembly assembly;
    private @Nullable ServiceRegistration<Deployments> registration;

    /** Called by DS. */
    @Activate
    public DeployComponent(
            BundleContext bundle,
            @Reference Loop loop,
            @Reference Workers workers,
            @Reference InstantSource wall,
            @Reference NodeSettings settings,
            @Reference Transport transport,
            @Reference ReplicatedLog ledger,
            @Reference Membership membership,
            @Reference ServiceComponentRuntime components,
            @Reference FeaturesService features,
            @Reference Signatures signatures) {
        this.bundle = bundle;
        this.loop = loop;
        Path folder = settings.base().resolve("deployments");
        Store store;
        try {
            store = new Store(folder);
        } catch (IOException e) {
            throw new UncheckedIOException("Bundles cannot be deployed to this node: " + e.getMessage(), e);
        }
        boolean runs = settings.role() == NodeSettings.Role.NODE;
        Inspection inspection = new Inspection(bundle, components);
        Bundles bundles = new AllBundles(
                new FrameworkBundles(bundle, inspection),
                new FeatureBundles(bundle, inspection, features, folder.resolve("unpacked")));
        trials = new ServiceTracker<>(bundle, TypeTrials.class, null);
        trials.open();
        assembly = onLoop(() -> new Assembly(
                loop,
                workers,
                wall,
                ledger,
                here(settings.node(), membership, trials),
                store,
                bundles,
                new FeaturePacking(features),
                signatures,
                transport,
                runs));
    }

    private static Here here(String node, Membership membership, ServiceTracker<TypeTrials, TypeTrials> trials) {
        return new Here() {
            @Override
            public String node() {
                return node;
            }

            @Override
            public long incarnation() {
                return membership.incarnation();
            }

            @Override
            public Set<String> types() {
                String types =
                        membership.attributes().getOrDefault(node, Map.of()).getOrDefault("types", "");
                return Set.copyOf(Arrays.asList(types.split(" ")));
            }

            @Override
            public Optional<TypeTrials> trials() {
                return Optional.ofNullable(trials.getService());
            }

            @Override
            public Registration onChange(Runnable changed) {
                return membership.onChange(changed);
            }
        };
    }

    /** Called by DS. */
    @Activate
    public void start() {
        registration = bundle.registerService(Deployments.class, assembly.desk(), null);
    }

    /** Called by DS. */
    @Deactivate
    public void stop() {
        ServiceRegistration<Deployments> registered = registration;
        if (registered != null) {
            registered.unregister();
        }
        onLoop(() -> {
            assembly.close();
            return true;
        });
        trials.close();
    }

    private <T> T onLoop(Supplier<T> work) {
        if (loop.inLoop()) {
            return work.get(); // waiting here would stop what is waited for
        }
        CompletableFuture<T> done = new CompletableFuture<>();
        loop.execute(() -> {
            try {
                done.complete(work.get());
            } catch (RuntimeException e) {
                done.completeExceptionally(e);
            }
        });
        try {
            return done.get(LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while the node's loop was waited for", e);
        } catch (ExecutionException | TimeoutException e) {
            log.warn("The node's loop did not answer within {} s", LIMIT.toSeconds());
            throw new IllegalStateException("The node's loop did not do what was asked of it", e);
        }
    }
}
