package io.holdfast.testkit.resource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.api.resource.Command;
import io.holdfast.api.resource.Health;
import io.holdfast.api.resource.Problem;
import io.holdfast.api.resource.ResourceContext;
import io.holdfast.api.resource.ResourceException;
import io.holdfast.api.resource.ResourceType;
import io.holdfast.api.resource.TypeDescription;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class BenchTest {
    private static final Duration LIMIT = Duration.ofSeconds(5);

    /** Sleeps, and is released by a command that its parameter names. */
    private static final class Sleeper implements ResourceType {
        @Override
        public TypeDescription describe() {
            return new TypeDescription("sleeper", "Sleeps", List.of(), LIMIT, LIMIT, LIMIT, LIMIT, false);
        }

        @Override
        public List<Problem> validate(ResourceContext context) {
            return List.of();
        }

        @Override
        public void start(ResourceContext context) throws ResourceException, InterruptedException {
            context.onRelease(List.of(Command.of(context.parameters().getOrDefault("release", "true"))));
            context.spawn(Command.of("sleep", "60"));
        }

        @Override
        public void stop(ResourceContext context) {
            // left to be killed
        }

        @Override
        public Health monitor(ResourceContext context) throws InterruptedException {
            try {
                context.run(Command.of("true"));
            } catch (ResourceException e) {
                return new Health.Failed(e.toString());
            }
            return context.processes().isEmpty() ? new Health.NotRunning() : new Health.Running();
        }
    }

    private static Bench bench(String release) {
        return new Bench(new Sleeper(), "sleeper", Map.of("release", release), System::nanoTime);
    }

    /** {@return the cgroups of this process's benches} */
    private static List<String> cgroups() throws IOException {
        String own = "holdfast-bench-" + ProcessHandle.current().pid() + "-";
        try (Stream<Path> all = Files.find(
                Path.of("/sys/fs/cgroup"),
                2,
                (path, facts) -> path.getFileName().toString().startsWith(own))) {
            return all.map(Path::toString).toList();
        }
    }

    @Test
    void leavesNoCgroupAndNoProcess() throws Exception {
        bench("true").validate(); // never closed, and nothing was made for it
        assertThat(cgroups()).isEmpty();
        List<Long> processes;
        try (Bench bench = bench("true")) {
            bench.start();
            assertThat(bench.monitor()).isInstanceOf(Health.Running.class);
            processes = bench.processes();
            assertThat(processes).isNotEmpty();
        }
        assertThat(cgroups()).isEmpty();
        assertThat(processes)
                .allMatch(id ->
                        ProcessHandle.of(id).filter(ProcessHandle::isAlive).isEmpty());
    }

    @Test
    void leavesNoCgroupWhenItsReleaseFails() throws Exception {
        Bench bench = bench("false");
        bench.start();
        assertThatThrownBy(bench::close).hasMessageContaining("release command [false] ended with 1");
        assertThat(cgroups()).isEmpty();
    }
}
