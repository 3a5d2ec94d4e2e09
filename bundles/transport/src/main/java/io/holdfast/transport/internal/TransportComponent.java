package io.holdfast.transport.internal;

import io.holdfast.api.runtime.NodeSettings;
import io.holdfast.api.transport.Transport;
import io.holdfast.transport.JGroupsTransport;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/** Opens the transport of this node and offers it; closes it when the bundle goes. */
@Component(
        service = {},
        immediate = true)
@org.osgi.annotation.bundle.Capability(
        namespace = "osgi.service",
        attribute = "objectClass:List<String>=\"io.holdfast.api.transport.Transport\"",
        effective = "active")
public final class TransportComponent {
    private final BundleContext context;
    private final NodeSettings settings;
    private @Nullable JGroupsTransport transport;
    private @Nullable ServiceRegistration<Transport> registration;

    /** Takes what it needs. */
    @Activate
    public TransportComponent(BundleContext context, @Reference NodeSettings settings) {
        this.context = context;
        this.settings = settings;
    }

    /** Opens it. */
    @Activate
    void start() {
        JGroupsTransport open = new JGroupsTransport(settings);
        transport = open;
        registration = context.registerService(Transport.class, open, FrameworkUtil.asDictionary(Map.of()));
    }

    /** Takes the service back first, so that nobody uses it while it closes. */
    @Deactivate
    void stop() {
        if (registration != null) {
            registration.unregister();
        }
        if (transport != null) {
            transport.close();
        }
    }
}
