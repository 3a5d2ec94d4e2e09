package io.holdfast.lab.promoted;

import io.holdfast.api.resource.Command;
import io.holdfast.api.resource.Health;
import io.holdfast.api.resource.Parameter;
import io.holdfast.api.resource.Problem;
import io.holdfast.api.resource.Promotable;
import io.holdfast.api.resource.ResourceContext;
import io.holdfast.api.resource.ResourceException;
import io.holdfast.api.resource.TypeDescription;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;

/** Runs a process, and a second one while it is promoted. */
public final class JavaPrimary implements Promotable {
    @Override
    public TypeDescription describe() {
        Duration limit = Duration.ofSeconds(20);
        return new TypeDescription(
                "java-primary",
                "Can be promoted",
                List.of(Parameter.required("folder", Parameter.Kind.STRING, "Where it writes down what it does")),
                limit,
                limit,
                limit,
                Duration.ofSeconds(1),
                false);
    }

    @Override
    public List<Problem> validate(ResourceContext context) {
        return List.of();
    }

    @Override
    public void start(ResourceContext context) throws ResourceException {
        if (context.processes().isEmpty()) {
            context.spawn(Command.of("sleep", "100000"));
        }
        context.promotionScore(OptionalInt.of(context.node().equals("n1") ? 10 : 5));
    }

    @Override
    public void stop(ResourceContext context) {
        context.processes().forEach(JavaPrimary::end);
    }

    @Override
    public void promote(ResourceContext context) throws ResourceException, InterruptedException {
        if (writer(context).isEmpty()) {
            String folder = context.parameter("folder");
            long token = context.promotedToken().orElseThrow();
            context.spawn(Command.of("sh", folder + "/writer", folder, context.node(), Long.toString(token)));
        }
        while (writer(context).isEmpty()) { // it serves as the promoted one only then
            TimeUnit.MILLISECONDS.sleep(20);
            if (context.remaining().isZero()) {
                throw new ResourceException("it does not write");
            }
        }
    }

    @Override
    public void demote(ResourceContext context) {
        writer(context).ifPresent(JavaPrimary::end);
    }

    @Override
    public Health monitor(ResourceContext context) {
        if (context.processes().isEmpty()) {
            return new Health.NotRunning();
        }
        return writer(context).isPresent() ? new Health.Promoted() : new Health.Running();
    }

    /** The process that holds the lock. */
    private static Optional<Long> writer(ResourceContext context) {
        return context.processes().stream()
                .filter(pid -> Files.exists(Path.of("/proc/" + pid + "/fd/9")))
                .findFirst();
    }

    private static void end(long pid) {
        ProcessHandle.of(pid).ifPresent(process -> {
            process.destroy();
            process.onExit().join();
        });
    }
}
