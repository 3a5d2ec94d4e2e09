package io.holdfast.guard.memory;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ProcessWatchTest {
    private final ProcessWatch watch = new ProcessWatch();

    @Test
    void seesTheEndOfAProcess() throws Exception {
        Process process = new ProcessBuilder("sleep", "600").start();
        ProcessId id = ProcessId.of(process.pid());
        assertThat(watch.alive(id)).isTrue();
        assertThat(watch.alive(id)).isTrue();
        process.destroyForcibly().waitFor();
        assertThat(watch.alive(id)).isFalse();
        assertThat(watch.alive(id)).isFalse();
    }

    @Test
    void seesAZombieAsDead() throws Exception {
        // the outer shell never collects the inner one
        Process outer = new ProcessBuilder("sh", "-c", "sh -c 'echo $$; read x' & exec sleep 600")
                .redirectInput(ProcessBuilder.Redirect.PIPE)
                .start();
        long inner = Long.parseLong(outer.inputReader().readLine());
        ProcessId id = ProcessId.of(inner);
        watch.alive(id);
        ProcessHandle.of(inner).ifPresent(ProcessHandle::destroyForcibly);
        while (ProcessId.stat(inner).filter(stat -> !stat.dead()).isPresent()) {
            Thread.onSpinWait();
        }
        assertThat(ProcessId.stat(inner)).as("it is still there").isPresent();
        assertThat(watch.alive(id)).isFalse();
        outer.destroyForcibly();
    }

    @Test
    void takesNoOtherProcessOfTheSameNumberForIt() {
        ProcessId self = ProcessId.self();
        assertThat(watch.alive(new ProcessId(self.pid(), self.start() + 1))).isFalse();
        assertThat(watch.alive(self)).isTrue();
        assertThat(watch.alive(ProcessId.NONE)).isFalse();
    }
}
