package io.holdfast.cifs.internal;

import io.holdfast.api.resource.Health;
import io.holdfast.api.resource.ResourceContext;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * What is remembered of a running instance from one monitor to the next. Losing it (the bundle is updated, the daemon restarts) costs one
 * SMB check and nothing else. One operation of an instance runs at a time, so it needs no lock.
 */
final class Watch {
    /** Monitors from one SMB check to the next: each costs the server a session. */
    private static final int LOOKS = 10;
    /** How often the clients of the former node are called: at the start, and at the next monitors, should packets be lost. */
    private static final int TICKLES = 4;

    private final List<InetSocketAddress> former;
    private int looks;
    private int tickles;
    private boolean failed;

    Watch(List<InetSocketAddress> former) {
        this.former = former;
    }

    void tickle(ResourceContext context, ShareSettings settings) {
        if (former.isEmpty() || tickles >= TICKLES || !settings.address().moves()) {
            return;
        }
        tickles++;
        try {
            Tickle.send(settings.address(), settings.port(), former);
        } catch (IOException e) { // clients come back without it, only later
            context.log("cannot call the clients of the former node: " + e.getMessage());
        }
    }

    /** Keeps the clients in the cluster state, so that the next node can call them. */
    void remember(ResourceContext context, ShareSettings settings, List<String> clients) {
        boolean calling =
                !former.isEmpty() && tickles < TICKLES && settings.address().moves();
        if (calling) {
            tickle(context, settings);
        }
        // As long as they are called, those who have not come back yet are not forgotten.
        List<String> known = calling ? Connections.union(clients, texts(former)) : clients;
        String note = Connections.note(known);
        if (!note.equals(context.note("clients").orElse(""))) {
            context.note("clients", note);
        }
    }

    private static List<String> texts(List<InetSocketAddress> clients) {
        return clients.stream()
                .map(client -> client.getAddress().getHostAddress() + ":" + client.getPort())
                .toList();
    }

    /** {@return whether the server is to be spoken to now: after a failure always, otherwise each tenth time} */
    boolean due() {
        return failed || looks++ % LOOKS == 0;
    }

    Health saw(Health health) {
        failed = !(health instanceof Health.Running);
        return health;
    }
}
