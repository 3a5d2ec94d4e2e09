package io.holdfast.shell.internal;

import io.holdfast.api.cluster.Cluster;
import io.holdfast.api.cluster.ClusterControl;
import io.holdfast.api.cluster.Deployments;
import io.holdfast.api.cluster.PacemakerFiles;
import io.holdfast.api.fencing.FenceTypes;
import io.holdfast.api.runtime.NodeSettings;
import io.holdfast.api.runtime.Workers;
import io.holdfast.api.transport.Transport;
import io.holdfast.shell.Commands;
import io.holdfast.shell.HaSocket;
import io.holdfast.shell.Layers;
import io.holdfast.shell.Services;
import io.holdfast.shell.Swaps;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.osgi.service.component.runtime.ServiceComponentRuntime;

/** The socket of {@code bin/ha}. It needs the settings only, and says so itself when the layers below are not there. */
@Component(service = ShellComponent.class, immediate = true)
public final class ShellComponent implements Services {
    private final Layers layers;
    private final Workers workers;
    private final SwapMessages.Memory swapsBefore = new SwapMessages.Memory();
    private final AtomicReference<@Nullable SwapMessages> swaps = new AtomicReference<>();
    private final NodeSettings settings;
    private final AtomicReference<@Nullable Cluster> cluster = new AtomicReference<>();
    private final AtomicReference<@Nullable ClusterControl> control = new AtomicReference<>();
    private final AtomicReference<@Nullable PacemakerFiles> pacemakerFiles = new AtomicReference<>();
    private final AtomicReference<@Nullable FenceTypes> fenceTypes = new AtomicReference<>();
    private final AtomicReference<@Nullable Deployments> deployments = new AtomicReference<>();
    private final Commands commands = new Commands(this);
    private @Nullable HaSocket socket;

    /** Takes the settings. */
    @Activate
    public ShellComponent(
            BundleContext bundle,
            @Reference NodeSettings settings,
            @Reference Workers workers,
            @Reference ServiceComponentRuntime components) {
        layers = new BundleLayers(bundle, components);
        this.workers = workers;
        this.settings = settings;
    }

    /** Opens the socket. */
    @Activate
    void start() {
        try {
            socket = new HaSocket(settings.base().resolve("run").resolve("ha"), commands, settings.node());
        } catch (IOException e) {
            throw new UncheckedIOException("bin/ha will not work: " + e.getMessage(), e);
        }
    }

    /** Closes it. */
    @Deactivate
    void stop() {
        if (socket != null) {
            socket.close();
        }
        exchange(null);
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
    public Optional<Cluster> cluster() {
        return Optional.ofNullable(cluster.get());
    }

    @Override
    public Optional<ClusterControl> control() {
        return Optional.ofNullable(control.get());
    }

    @Override
    public Optional<PacemakerFiles> pacemakerFiles() {
        return Optional.ofNullable(pacemakerFiles.get());
    }

    @Override
    public Optional<FenceTypes> fenceTypes() {
        return Optional.ofNullable(fenceTypes.get());
    }

    @Override
    public Optional<Deployments> deployments() {
        return Optional.ofNullable(deployments.get());
    }

    @Override
    public Optional<Swaps> swaps() {
        return Optional.ofNullable(swaps.get());
    }

    @Override
    public Optional<Layers> layers() {
        return Optional.of(layers);
    }

    @Reference(
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    void bindCluster(Cluster service) {
        cluster.set(service);
    }

    void unbindCluster(Cluster service) {
        cluster.compareAndSet(service, null);
    }

    @Reference(
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    void bindControl(ClusterControl service) {
        control.set(service);
    }

    @Reference(
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    void bindPacemakerFiles(PacemakerFiles service) {
        pacemakerFiles.set(service);
    }

    void unbindPacemakerFiles(PacemakerFiles service) {
        pacemakerFiles.compareAndSet(service, null);
    }

    void unbindControl(ClusterControl service) {
        control.compareAndSet(service, null);
    }

    @Reference(
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    void bindFenceTypes(FenceTypes service) {
        fenceTypes.set(service);
    }

    void unbindFenceTypes(FenceTypes service) {
        fenceTypes.compareAndSet(service, null);
    }

    @Reference(
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    void bindDeployments(Deployments service) {
        deployments.set(service);
    }

    void unbindDeployments(Deployments service) {
        deployments.compareAndSet(service, null);
    }

    @Reference(
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    void bindTransport(Transport service) {
        exchange(new SwapMessages(service, this, workers, swapsBefore));
    }

    void unbindTransport(Transport service) {
        SwapMessages present = swaps.get();
        if (present != null && present.over(service)) {
            exchange(null);
        }
    }

    private void exchange(@Nullable SwapMessages next) {
        SwapMessages before = swaps.getAndSet(next);
        if (before != null) {
            before.close();
        }
    }
}
