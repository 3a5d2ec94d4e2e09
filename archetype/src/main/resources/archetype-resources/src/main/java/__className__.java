package ${package};

import io.holdfast.api.resource.Command;
import io.holdfast.api.resource.Health;
import io.holdfast.api.resource.Parameter;
import io.holdfast.api.resource.Problem;
import io.holdfast.api.resource.ResourceContext;
import io.holdfast.api.resource.ResourceException;
import io.holdfast.api.resource.ResourceType;
import io.holdfast.api.resource.TypeDescription;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.osgi.service.component.annotations.Component;

/** Keeps one program running. Change what start runs, and what monitor asks. */
@Component
public final class ${className} implements ResourceType {

    /** The configuration of one instance, as types instead of texts. */
    record Settings(List<String> command, int niceness, Duration grace) {
        static Settings of(ResourceContext context) {
            return new Settings(
                    List.of(context.parameter("command").strip().split("\\s+")),
                    Integer.parseInt(context.parameter("niceness")),
                    Duration.ofMillis(Long.parseLong(context.parameter("grace_ms"))));
        }
    }

    @Override
    public TypeDescription describe() {
        return new TypeDescription(
                "${type}",
                "A program that is kept running",
                List.of(
                        Parameter.optional("command", Parameter.Kind.STRING, "sleep 86400", "What to run, in the foreground"),
                        Parameter.optional("niceness", Parameter.Kind.INTEGER, "0", "From -20 to 19"),
                        Parameter.optional("grace_ms", Parameter.Kind.INTEGER, "500", "How long it may take to end when it is asked")));
    }

    @Override
    public List<Problem> validate(ResourceContext context) {
        int niceness = Settings.of(context).niceness();
        return niceness < -20 || niceness > 19
                ? List.of(new Problem("niceness " + niceness + " does not exist", "set it between -20 and 19"))
                : List.of();
    }

    @Override
    public void start(ResourceContext context) throws ResourceException, InterruptedException {
        if (!context.processes().isEmpty()) {
            return; // starting what runs is success
        }
        Settings settings = Settings.of(context);
        List<String> argv = new ArrayList<>(List.of("nice", "-n", Integer.toString(settings.niceness())));
        argv.addAll(settings.command());
        context.spawn(Command.of(argv.toArray(String[]::new)));
        // Return when it serves: ask it here, as monitor does, until it answers or context.remaining() is zero.
    }

    @Override
    public void stop(ResourceContext context) throws ResourceException, InterruptedException {
        signal(context, "-TERM");
        Duration patience = Settings.of(context).grace();
        for (long waited = 0; !context.processes().isEmpty(); waited += 10) {
            if (context.remaining().isZero()) {
                throw new ResourceException("it does not end"); // it is then killed, with proof
            }
            if (waited >= patience.toMillis()) {
                signal(context, "-KILL");
            }
            Thread.sleep(10);
        }
    }

    private static void signal(ResourceContext context, String signal) throws ResourceException, InterruptedException {
        for (long process : context.processes()) {
            context.run(Command.of("kill", signal, Long.toString(process)));
        }
    }

    @Override
    public Health monitor(ResourceContext context) {
        // Never only "the process is there": ask the service something that it can answer when it works.
        return context.processes().isEmpty() ? new Health.NotRunning() : new Health.Running();
    }
}
