package io.holdfast.cifs.internal;

import io.holdfast.api.resource.Health;
import io.holdfast.api.resource.Problem;
import io.holdfast.api.resource.ResourceContext;
import io.holdfast.api.resource.ResourceException;
import io.holdfast.api.resource.ResourceType;
import io.holdfast.api.resource.TypeDescription;
import io.holdfast.api.runtime.NodeSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * The resource type {@code cifs}.
 *
 * <p>This is all that it takes to teach Holdfast a new kind of resource: a class that implements {@link ResourceType} and is
 * registered as a service, which {@code @Component} does. Drop the bundle into {@code deploy/}, and {@code type: cifs} works.
 *
 * <p>Four rules that every type has to keep:
 *
 * <ol>
 *   <li>What an operation changes outside this JVM, it changes with {@link ResourceContext#run} and {@link ResourceContext#spawn}:
 *       their processes are in the instance's cgroup, where the guard finds and ends them.
 *   <li>What the death of the processes does not take back is registered with {@link ResourceContext#onRelease} <em>before</em> it is
 *       done. Here: the address.
 *   <li>Start and stop may be called at any time and in any state, and say the truth: success means that it serves, or that it
 *       is certain to be gone.
 *   <li>One object serves all instances on the node, and knows nothing after a restart of the daemon: what it must know is in the
 *       system (a process, an address, a file) or in a {@link ResourceContext#note}.
 * </ol>
 */
@Component(service = ResourceType.class)
public final class CifsType implements ResourceType {
    private static final TypeDescription DESCRIPTION = new TypeDescription(
            "cifs",
            "A folder shared with Windows and other SMB clients on a service address of its own",
            ShareSettings.PARAMETERS,
            Duration.ofSeconds(20),
            Duration.ofSeconds(10),
            Duration.ofSeconds(5),
            Duration.ofSeconds(1), // each looks at the clients; one in LOOKS speaks SMB
            false);

    private static final Duration PAUSE = Duration.ofMillis(5);
    private static final Duration CHECK = Duration.ofSeconds(3);

    private final Path base;
    private final Runner runner;
    private final ShareCheck check;
    private final Connections connections = new Connections();
    private final Map<String, Watch> watches = new ConcurrentHashMap<>();

    /** Called by the framework, with the settings of this node. */
    @Activate
    public CifsType(@Reference NodeSettings settings) {
        this(settings.base(), Runner.ofThisProcess(), new ShareCheck());
    }

    CifsType(Path base, Runner runner, ShareCheck check) {
        this.base = base;
        this.runner = runner;
        this.check = check;
    }

    @Override
    public TypeDescription describe() {
        return DESCRIPTION;
    }

    @Override
    public List<Problem> validate(ResourceContext context) throws InterruptedException {
        List<Problem> problems = new ArrayList<>();
        ShareSettings settings = ShareSettings.read(context, problems);
        return problems.isEmpty()
                ? new Validation(context, settings, runner, connections, problems).problems(folders(context, settings))
                : problems; // wrong parameters first: the rest would only repeat them
    }

    @Override
    public void start(ResourceContext context) throws ResourceException, InterruptedException {
        ShareSettings settings = ShareSettings.of(context);
        Accounts accounts = Accounts.read(settings);
        Server server = new Server(context, settings, runner, folders(context, settings));
        if (!context.processes().isEmpty()) {
            resume(context, settings, accounts);
            return;
        }
        if (settings.address().moves()) {
            context.onRelease(List.of(settings.address().removal()));
        }
        String identity = server.prepare();
        accounts.enter(context, server.folders());
        long smbd = server.spawn();
        while (!server.listens()) {
            if (context.processes().isEmpty() && ProcessHandle.of(smbd).isEmpty()) {
                throw new ResourceException("smbd ended at once: " + server.lastWords());
            }
            if (context.remaining().isZero()) {
                throw new ResourceException("smbd does not listen on "
                        + settings.address().host() + ":" + settings.port() + ": " + server.lastWords());
            }
            Pause.of(PAUSE);
        }
        // From here on every millisecond is one that clients wait, so they are called before the check.
        server.announce();
        Watch watch =
                new Watch(context.note("clients").map(Connections::clients).orElse(List.of()));
        watches.put(context.name(), watch);
        watch.tickle(context, settings);
        serve(context, settings, accounts, identity);
    }

    /** A start of what runs is a success if it serves. */
    private void resume(ResourceContext context, ShareSettings settings, Accounts accounts)
            throws ResourceException, InterruptedException {
        if (!settings.address().isUp()) {
            throw new ResourceException(
                    "smbd runs, but " + settings.address().host() + " is gone; it must be stopped first");
        }
        serve(context, settings, accounts, Volume.mark(context, settings));
    }

    private void serve(ResourceContext context, ShareSettings settings, Accounts accounts, String identity)
            throws ResourceException {
        ShareCheck.Finding finding = check.look(
                settings, accounts.login(settings.guest()), Volume.marker(context, identity), context.remaining());
        if (finding instanceof ShareCheck.Finding.Broken broken) {
            throw new ResourceException("smbd listens but does not serve " + settings.share() + ": " + broken.reason());
        }
        if (finding instanceof ShareCheck.Finding.NoMarker missing) {
            throw new ResourceException("smbd serves another folder than " + settings.path() + ": " + missing.reason());
        }
    }

    /**
     * Stops it so that clients notice at once and nothing of the connections is left on this node: connections that lived on here would
     * answer when the address comes back.
     */
    @Override
    public void stop(ResourceContext context) throws ResourceException, InterruptedException {
        watches.remove(context.name());
        ShareSettings settings = ShareSettings.of(context);
        Server server = new Server(context, settings, runner, folders(context, settings));
        boolean runs = !context.processes().isEmpty();
        if (runs) {
            server.resetConnections();
            server.terminate();
            Duration reserve = context.remaining().dividedBy(4); // to be told who is left, before the time is over
            while (!context.processes().isEmpty()) {
                if (context.remaining().compareTo(reserve) < 0) {
                    throw new ResourceException(
                            "smbd did not end in time; its processes " + context.processes() + " have to be killed");
                }
                Pause.of(PAUSE);
            }
        }
        if (settings.address().isUp()) {
            server.resetConnections(); // those that were accepted meanwhile
        }
        server.removeAddress();
    }

    @Override
    public Health monitor(ResourceContext context) throws InterruptedException {
        List<Problem> problems = new ArrayList<>();
        ShareSettings settings = ShareSettings.read(context, problems);
        if (!problems.isEmpty()) {
            return new Health.Unknown(problems.get(0).toString());
        }
        boolean up = settings.address().isUp();
        if (context.processes().isEmpty()) {
            watches.remove(context.name());
            return up && settings.address().moves()
                    ? new Health.Failed("smbd is gone, " + settings.address().host() + " is still up")
                    : new Health.NotRunning();
        }
        if (!up) {
            return new Health.Failed("somebody took " + settings.address().host() + " off this node");
        }
        Watch watch = watches.computeIfAbsent(context.name(), name -> new Watch(List.of()));
        try {
            if (!connections.listens(
                    settings.address(), settings.port())) { // smbd itself, seen each time: a look costs nothing
                return watch.saw(new Health.Failed(
                        "smbd does not listen on " + settings.address().host() + " any more"));
            }
            watch.remember(context, settings, connections.clients(settings.address(), settings.port()));
        } catch (IOException e) {
            context.log("cannot list the clients: " + e);
        }
        return watch.due() ? watch.saw(speak(context, settings)) : new Health.Running();
    }

    private Health speak(ResourceContext context, ShareSettings settings) throws InterruptedException {
        try {
            Accounts accounts = Accounts.read(settings);
            String identity = Volume.expected(context, settings);
            ShareCheck.Finding finding = look(context, settings, accounts, identity);
            if (finding instanceof ShareCheck.Finding.NoMarker missing) {
                context.log(missing.reason()
                        + "; written again"); // clients may delete it, and that must not stop the share
                finding = look(context, settings, accounts, Volume.mark(context, settings));
            }
            if (finding instanceof ShareCheck.Finding.Broken broken) {
                return new Health.Failed(broken.reason());
            }
            return finding instanceof ShareCheck.Finding.NoMarker missing
                    ? new Health.Failed(missing.reason())
                    : new Health.Running();
        } catch (ResourceException e) {
            return e.permanent() ? new Health.Unknown(e.getMessage() + "") : new Health.Failed(e.getMessage() + "");
        }
    }

    private ShareCheck.Finding look(
            ResourceContext context, ShareSettings settings, Accounts accounts, String identity) {
        Duration limit = context.remaining().compareTo(CHECK) < 0 ? context.remaining() : CHECK;
        return check.look(settings, accounts.login(settings.guest()), Volume.marker(context, identity), limit);
    }

    private Folders folders(ResourceContext context, ShareSettings settings) {
        return Folders.of(settings, base, context.name());
    }
}
