package io.holdfast.runtime.internal;

import io.holdfast.api.runtime.NodeIdentity;
import io.holdfast.api.runtime.NodeSettings;
import io.holdfast.api.runtime.Signatures;
import io.holdfast.runtime.BootIdentity;
import io.holdfast.runtime.SettingsLoader;
import io.holdfast.runtime.SignedJars;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Publishes settings and identity. With bad settings it publishes nothing, and so nothing above it starts. */
@Component(
        service = {},
        immediate = true)
public final class NodeValues {
    private static final Logger log = LoggerFactory.getLogger(NodeValues.class);
    private static final String BASE = "holdfast.base";
    private final List<ServiceRegistration<?>> registrations = new ArrayList<>();

    /** Reads and publishes. */
    @Activate
    public NodeValues(BundleContext context) {
        String base = context.getProperty(BASE);
        if (base == null || base.isEmpty()) {
            log.error(
                    "The system property {} names no base folder, so this node does not start; use bin/holdfast", BASE);
            return;
        }
        Path folder = Path.of(base).toAbsolutePath().normalize();
        try {
            NodeSettings settings = SettingsLoader.read(folder, System.getenv());
            NodeIdentity identity = new BootIdentity().read(folder);
            if (InetAddress.getByName(settings.bind()).isLoopbackAddress()) {
                // the others are on this very kernel, whose next boot says nothing about them alone
                identity = new NodeIdentity(identity.machineId(), identity.bootId(), 0);
            }
            log.info(
                    "Node {} of cluster {} in {}, boot {}",
                    settings.node(),
                    settings.cluster(),
                    folder,
                    identity.bootCounter());
            registrations.add(context.registerService(NodeSettings.class, settings, null));
            registrations.add(context.registerService(NodeIdentity.class, identity, null));
            Optional<Path> keys = Optional.ofNullable(settings.all().get("deploy.keys"))
                    .filter(value -> !value.equals("none"))
                    .map(Path::of);
            registrations.add(context.registerService(Signatures.class, new SignedJars(keys), null));
        } catch (IllegalArgumentException e) {
            log.error("The settings are refused, so this node does not start:\n{}", e.getMessage());
        } catch (IOException e) {
            log.error("This node does not start: {}", e.getMessage());
        }
    }

    @Deactivate
    void stop() {
        registrations.forEach(ServiceRegistration::unregister);
    }
}
