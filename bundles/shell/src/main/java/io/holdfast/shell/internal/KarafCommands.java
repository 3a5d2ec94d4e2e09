package io.holdfast.shell.internal;

import io.holdfast.shell.Commands;
import java.util.ArrayList;
import java.util.List;
import org.apache.karaf.shell.api.console.SessionFactory;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/** Brings the commands into the Karaf shell, under the scope {@code ha}. */
@Component(
        service = {},
        immediate = true)
public final class KarafCommands {
    private final ShellComponent shell;
    private final SessionFactory sessions;
    private final List<KarafCommand> registered = new ArrayList<>();

    /** Takes what it needs. */
    @Activate
    public KarafCommands(@Reference ShellComponent shell, @Reference SessionFactory sessions) {
        this.shell = shell;
        this.sessions = sessions;
    }

    /** Registers one command each. */
    @Activate
    void start() {
        for (Commands.Command command : shell.commands().all()) {
            if (!command.name().equals("help")) { // Karaf has one: help ha:move
                KarafCommand karaf = new KarafCommand(shell, command);
                sessions.getRegistry().register(karaf);
                registered.add(karaf);
            }
        }
    }

    /** Takes them back. */
    @Deactivate
    void stop() {
        registered.forEach(sessions.getRegistry()::unregister);
    }
}
