package io.holdfast.deploy.internal;

import io.holdfast.api.cluster.ClusterException;
import io.holdfast.api.cluster.ClusterException.Kind;
import io.holdfast.api.runtime.Loop;
import io.holdfast.api.runtime.Replacements;
import io.holdfast.api.runtime.Workers;
import io.holdfast.deploy.BundleTrouble;
import io.holdfast.deploy.Bundles.Look;
import io.holdfast.deploy.Reasons;
import java.io.ByteArrayInputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.wiring.FrameworkWiring;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.runtime.ServiceComponentRuntime;

/** Replaces bundles of this container for those that cannot do so themselves. */
@Component(immediate = true) // its memory must outlive the shell that uses it
public final class ReplacementsComponent implements Replacements {
    /** Stopping, resolving, the bundle's own activator, and rewiring. */
    private static final Duration PUT = Duration.ofSeconds(60);

    private static final Duration LOOK = Duration.ofMillis(100);

    private final BundleContext context;
    private final Loop loop;
    private final Workers workers;
    private final ServiceComponentRuntime components;
    private final Inspection inspection;
    private final Map<String, CompletableFuture<String>> last = new ConcurrentHashMap<>();

    /** Called by DS. */
    @Activate
    public ReplacementsComponent(
            BundleContext context,
            @Reference Loop loop,
            @Reference Workers workers,
            @Reference ServiceComponentRuntime components) {
        this.context = context;
        this.loop = loop;
        this.workers = workers;
        this.components = components;
        inspection = new Inspection(context, components);
    }

    @Override
    public CompletionStage<String> replace(String bundle, byte[] content, byte[] before, Duration limit) {
        Exchange exchange = new Exchange(bundle, before, limit);
        CompletableFuture<String> now =
                last.compute(bundle, (name, old) -> old == null || old.isDone() ? exchange.done : old);
        if (now != exchange.done) {
            return CompletableFuture.failedFuture(
                    new ClusterException(Kind.REFUSED, bundle + " is being replaced already"));
        }
        exchange.put(content);
        return now;
    }

    @Override
    public Optional<CompletionStage<String>> last(String bundle) {
        return Optional.ofNullable(last.get(bundle));
    }

    private Bundle bundle(String name) throws BundleTrouble {
        return Arrays.stream(context.getBundles())
                .filter(bundle -> name.equals(bundle.getSymbolicName()))
                .findFirst()
                .orElseThrow(() -> new BundleTrouble("there is no bundle " + name));
    }

    private boolean update(String name, byte[] content) throws BundleTrouble, InterruptedException {
        Bundle bundle = bundle(name);
        try {
            bundle.update(new ByteArrayInputStream(content));
        } catch (BundleException e) {
            throw new BundleTrouble("it cannot be put in its place: " + Failed.reason(e), e);
        }
        if (context.getBundle(0)
                .adapt(FrameworkWiring.class)
                .getRemovalPendingBundles()
                .contains(bundle)) {
            Refreshing.refresh(context, List.of(bundle));
        }
        if (bundle.getState() != Bundle.ACTIVE) {
            Failed.start(bundle); // an update that did not resolve before left it stopped
        }
        return true;
    }

    private Look look(String name) throws BundleTrouble {
        Bundle bundle = bundle(name);
        if (bundle.getState() != Bundle.ACTIVE) {
            return new Look.Broken("its bundle is not active");
        }
        return components.getComponentDescriptionDTOs(bundle).isEmpty()
                ? new Look.Broken("it has no components")
                : inspection.look(List.of(bundle));
    }

    /** One replacement, and the way back. On the loop, but for its first step. */
    private final class Exchange {
        private final String bundle;
        private final byte[] before;
        private final Duration limit;
        private final CompletableFuture<String> done = new CompletableFuture<>();
        private String trouble = "";

        Exchange(String bundle, byte[] before, Duration limit) {
            this.bundle = bundle;
            this.before = before;
            this.limit = limit;
        }

        void put(byte[] content) {
            workers.submit("replace " + bundle, PUT, () -> update(bundle, content))
                    .whenComplete((put, failure) -> {
                        if (failure != null) {
                            failed(Reasons.of(failure));
                        } else {
                            look(loop.nanos() + limit.toNanos());
                        }
                    });
        }

        private void look(long until) {
            workers.submit("look at " + bundle, PUT, () -> ReplacementsComponent.this.look(bundle))
                    .whenComplete((look, failure) -> {
                        if (failure != null) {
                            failed(Reasons.of(failure));
                        } else if (look instanceof Look.Broken broken) {
                            failed(broken.why());
                        } else if (look instanceof Look.NotYet notYet && loop.nanos() >= until) {
                            failed(notYet.what() + ", " + limit.toSeconds() + " s after its start");
                        } else if (look instanceof Look.NotYet) {
                            loop.schedule(LOOK, () -> look(until));
                        } else {
                            done.complete(trouble);
                        }
                    });
        }

        private void failed(String why) {
            if (trouble.isEmpty()) {
                trouble = why;
                put(before);
            } else {
                done.completeExceptionally(new ClusterException(
                        Kind.REFUSED, "it failed (" + trouble + "), and with the one of before put back: " + why));
            }
        }
    }
}
