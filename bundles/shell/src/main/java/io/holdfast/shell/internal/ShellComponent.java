package io.holdfast.shell.internal;

import io.holdfast.api.cluster.Cluster;
import io.holdfast.api.cluster.ClusterControl;
import io.holdfast.api.cluster.Deployments;
import io.holdfast.api.cluster.PacemakerFiles;
import io.holdfast.api.fencing.FenceTypes;
import io.holdfast.api.runtime.Loop;
import io.holdfast.api.runtime.NodeSettings;
import io.holdfast.api.runtime.Replacements;
import io.holdfast.api.runtime.Signatures;
import io.holdfast.api.runtime.Workers;
import io.holdfast.api.transport.Transport;
import io.holdfast.shell.Commands;
import io.holdfast.shell.GuardSwap;
import io.holdfast.shell.HaSocket;
import io.holdfast.shell.Layers;
import io.holdfast.shell.Services;
import io.holdfast.shell.Swaps;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.util.tracker.ServiceTracker;
import org.osgi.util.tracker.ServiceTrackerCustomizer;

/**
 * The socket of {@code bin/ha}. It needs the settings only, and says so itself when the layers below are not there. It looks for their
 * services when it is asked: in a swap they come and go within milliseconds, and a dynamic reference was left bound to one that was gone.
 */
@Component(service = ShellComponent.class, immediate = true)
public final class ShellComponent implements Services {
    private final BundleLayers layers;
    private final Workers workers;
    private final SwapMessages.Memory swapsBefore = new SwapMessages.Memory();
    private final ServiceTracker<Transport, SwapMessages> swaps;
    private final NodeSettings settings;
    private final Loop loop;
    private final ServiceTracker<Cluster, Cluster> cluster;
    private final ServiceTracker<ClusterControl, ClusterControl> control;
    private final ServiceTracker<PacemakerFiles, PacemakerFiles> pacemakerFiles;
    private final ServiceTracker<FenceTypes, FenceTypes> fenceTypes;
    private final ServiceTracker<Deployments, Deployments> deployments;
    private final ServiceTracker<Replacements, Replacements> replacements;
    private final List<ServiceTracker<?, ?>> trackers;
    private final PlainUpdates updates;
    private final Commands commands = new Commands(this);
    private @Nullable HaSocket socket;

    /** Takes the settings. */
    @Activate
    public ShellComponent(
            BundleContext bundle,
            @Reference NodeSettings settings,
            @Reference Loop loop,
            @Reference Workers workers,
            @Reference ServiceComponentRuntime components,
            @Reference Signatures signatures) {
        layers = new BundleLayers(bundle, components, signatures);
        updates = new PlainUpdates(bundle, layers, this, workers);
        this.loop = loop;
        this.workers = workers;
        this.settings = settings;
        cluster = new ServiceTracker<>(bundle, Cluster.class, null);
        control = new ServiceTracker<>(bundle, ClusterControl.class, null);
        pacemakerFiles = new ServiceTracker<>(bundle, PacemakerFiles.class, null);
        fenceTypes = new ServiceTracker<>(bundle, FenceTypes.class, null);
        deployments = new ServiceTracker<>(bundle, Deployments.class, null);
        replacements = new ServiceTracker<>(bundle, Replacements.class, null);
        swaps = new ServiceTracker<>(bundle, Transport.class, new Messages(bundle));
        trackers = List.of(cluster, control, pacemakerFiles, fenceTypes, deployments, replacements, swaps);
    }

    /** Opens the socket. */
    @Activate
    void start() {
        trackers.forEach(ServiceTracker::open);
        updates.open();
        try {
            socket = new HaSocket(settings.base().resolve("run").resolve("ha"), commands, settings.node());
        } catch (IOException e) {
            trackers.forEach(ServiceTracker::close);
            throw new UncheckedIOException("bin/ha will not work: " + e.getMessage(), e);
        }
    }

    /** Closes it. */
    @Deactivate
    void stop() {
        updates.close();
        if (socket != null) {
            socket.close();
        }
        trackers.forEach(ServiceTracker::close);
    }

    /** {@return the commands, for the Karaf shell} */
    Commands commands() {
        return commands;
    }

    @Override
    public String node() {
        return settings.node();
    }

    @Override
    public long nanos() {
        return loop.nanos();
    }

    @Override
    public Optional<Cluster> cluster() {
        return Optional.ofNullable(cluster.getService());
    }

    @Override
    public Optional<ClusterControl> control() {
        return Optional.ofNullable(control.getService());
    }

    @Override
    public Optional<PacemakerFiles> pacemakerFiles() {
        return Optional.ofNullable(pacemakerFiles.getService());
    }

    @Override
    public Optional<FenceTypes> fenceTypes() {
        return Optional.ofNullable(fenceTypes.getService());
    }

    @Override
    public Optional<Deployments> deployments() {
        return Optional.ofNullable(deployments.getService());
    }

    @Override
    public Optional<Replacements> replacements() {
        return Optional.ofNullable(replacements.getService());
    }

    @Override
    public Optional<Swaps> swaps() {
        return Optional.ofNullable(swaps.getService());
    }

    @Override
    public Optional<GuardSwap> guardSwap() {
        return GuardCommand.of(settings.base());
    }

    @Override
    public Optional<Layers> layers() {
        return Optional.of(layers);
    }

    /** A transport that is swapped takes its messages with it. */
    private final class Messages implements ServiceTrackerCustomizer<Transport, SwapMessages> {
        private final BundleContext bundle;

        private Messages(BundleContext bundle) {
            this.bundle = bundle;
        }

        @Override
        public @Nullable SwapMessages addingService(ServiceReference<Transport> reference) {
            Transport transport = bundle.getService(reference);
            return transport == null
                    ? null // it is gone already
                    : new SwapMessages(transport, ShellComponent.this, workers, swapsBefore);
        }

        @Override
        public void modifiedService(ServiceReference<Transport> reference, SwapMessages messages) {}

        @Override
        public void removedService(ServiceReference<Transport> reference, SwapMessages messages) {
            messages.close();
            bundle.ungetService(reference);
        }
    }
}
