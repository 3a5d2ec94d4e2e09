package io.holdfast.agents.process.internal;

import io.holdfast.api.resource.Command;
import io.holdfast.api.resource.CommandResult;
import io.holdfast.api.resource.Health;
import io.holdfast.api.resource.Problem;
import io.holdfast.api.resource.ResourceContext;
import io.holdfast.api.resource.ResourceException;
import io.holdfast.api.resource.ResourceType;
import io.holdfast.api.resource.TypeDescription;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.osgi.service.component.annotations.Component;

/** The resource type {@code process}: a command kept running in the foreground, ready when a port, a file or a command says so. */
@Component(service = ResourceType.class)
public final class ProcessType implements ResourceType {
    private static final TypeDescription DESCRIPTION =
            new TypeDescription("process", "A command that is kept running", ProcessSettings.PARAMETERS);

    /** With nothing to ask, it counts as started when it has not ended by then. */
    private static final Duration SURVIVES = Duration.ofMillis(100);

    private static final List<Path> PATH = List.of(
            Path.of("/usr/local/sbin"),
            Path.of("/usr/local/bin"),
            Path.of("/usr/sbin"),
            Path.of("/usr/bin"),
            Path.of("/sbin"),
            Path.of("/bin"));

    @Override
    public TypeDescription describe() {
        return DESCRIPTION;
    }

    @Override
    public List<Problem> validate(ResourceContext context) throws InterruptedException {
        List<Problem> problems = new ArrayList<>();
        ProcessSettings settings = ProcessSettings.read(context.parameters(), problems);
        if (!problems.isEmpty()) {
            return problems;
        }
        settings.directory()
                .filter(folder -> !Files.isDirectory(folder))
                .ifPresent(folder -> problems.add(new Problem(
                        "directory: " + folder + " is not a folder on " + context.node(),
                        "create it, or name another")));
        String program = settings.command().get(0);
        if (!found(program, settings)) {
            problems.add(new Problem(
                    "command: " + program + " is not a program on " + context.node(),
                    "install it, or give its full path"));
        }
        if (context.processes().isEmpty()) {
            settings.readyPort()
                    .filter(port -> Readiness.refused(port).isEmpty())
                    .ifPresent(port -> problems.add(new Problem(
                            "ready.port: something else answers on port " + port.getPort() + " of " + context.node(),
                            "stop that, or choose another port")));
        }
        try {
            Launch.of(context, settings);
        } catch (ResourceException e) {
            problems.add(new Problem("" + e.getMessage(), "then ask again"));
        }
        return problems;
    }

    private static boolean found(String program, ProcessSettings settings) {
        if (program.contains("/")) {
            return Files.isExecutable(settings.directory().orElse(Path.of("/")).resolve(program));
        }
        return settings.environment().containsKey("PATH")
                || PATH.stream().anyMatch(folder -> Files.isExecutable(folder.resolve(program)));
    }

    @Override
    public void start(ResourceContext context) throws ResourceException, InterruptedException {
        ProcessSettings settings = ProcessSettings.of(context);
        Launch launch = Launch.of(context, settings);
        Readiness readiness = new Readiness(context, settings, launch);
        if (!context.processes().isEmpty() && readiness.missing().isEmpty()) {
            return; // runs and serves
        }
        if (!context.processes().isEmpty()) {
            throw new ResourceException("it runs already but does not serve; it must be stopped first");
        }
        readiness.forget();
        long head = context.spawn(launch.command(settings.command()));
        if (!readiness.asked()) {
            Pause.of(SURVIVES);
            requireAlive(context, head);
            return;
        }
        Optional<String> missing = readiness.missing();
        Pause pause = new Pause();
        while (missing.isPresent()) {
            requireAlive(context, head);
            if (context.remaining().isZero()) {
                throw new ResourceException("it runs but did not get ready in time: " + missing.get());
            }
            pause.pass();
            missing = readiness.missing();
        }
        requireAlive(context, head); // who answered may have been another
    }

    private static void requireAlive(ResourceContext context, long head) throws ResourceException {
        if (context.processes().isEmpty() && ProcessHandle.of(head).isEmpty()) {
            throw new ResourceException("the command ended at once; its output is in the node's log");
        }
    }

    @Override
    public void stop(ResourceContext context) throws ResourceException, InterruptedException {
        List<Long> processes = context.processes();
        if (processes.isEmpty()) {
            return;
        }
        ProcessSettings settings = ProcessSettings.of(context);
        String said = signal(context, settings.signal(), heads(processes));
        Duration limit = context.remaining().dividedBy(4).multipliedBy(3);
        Duration over = context.remaining().minus(settings.grace().compareTo(limit) < 0 ? settings.grace() : limit);
        Pause pause = new Pause();
        while (!context.processes().isEmpty()) {
            if (context.remaining().compareTo(over) < 0) {
                throw new ResourceException("processes " + context.processes() + " go on after signal "
                        + settings.signal() + said + " and must be killed");
            }
            pause.pass();
        }
    }

    /** {@return what was said against it, with a blank before; empty if nothing} */
    private static String signal(ResourceContext context, String signal, List<Long> ids)
            throws ResourceException, InterruptedException {
        if (signal.equals("TERM")) { // the JDK sends it, and at once
            ids.forEach(id -> ProcessHandle.of(id).ifPresent(ProcessHandle::destroy));
            return "";
        }
        List<String> argv = new ArrayList<>(List.of("kill", "-" + signal));
        ids.forEach(id -> argv.add(Long.toString(id)));
        CommandResult sent = context.run(Command.of(argv.toArray(String[]::new)));
        return sent.succeeded() ? "" : " (" + sent.errors().strip() + ")";
    }

    /** {@return those whose parent is not one of them: they were started by us and know how to end the others} */
    private static List<Long> heads(List<Long> processes) {
        Set<Long> all = Set.copyOf(processes);
        List<Long> heads = processes.stream()
                .filter(id -> ProcessHandle.of(id)
                        .flatMap(ProcessHandle::parent)
                        .filter(parent -> all.contains(parent.pid()))
                        .isEmpty())
                .toList();
        return heads.isEmpty() ? processes : heads;
    }

    @Override
    public Health monitor(ResourceContext context) throws InterruptedException {
        if (context.processes().isEmpty()) {
            return new Health.NotRunning();
        }
        try {
            ProcessSettings settings = ProcessSettings.of(context);
            Optional<String> missing = new Readiness(context, settings, Launch.of(context, settings)).missing();
            return missing.isPresent() ? new Health.Failed(missing.get()) : new Health.Running();
        } catch (ResourceException e) {
            return new Health.Unknown("" + e.getMessage());
        }
    }
}
