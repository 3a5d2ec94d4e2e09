package io.holdfast.lab.torture;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/** Other work on the machine that all nodes share: processes that compute, move memory, and write and sync files, without a pause. */
final class Load implements AutoCloseable {
    private static final String WORK = """
            my ($file, $writes) = @ARGV;
            my $memory = 'x' x (32 << 20);
            while (getppid != 1) {
                for (1 .. 200_000) { $sum = ($sum * 31 + $_) % 1_000_003 }
                my $copy = $memory . $sum;
                next unless $writes;
                open my $out, '>', $file or die;
                syswrite $out, $copy;
                $out->sync;
            }
            """;

    private final Arena arena;
    private final int count;
    private final List<Process> processes = new ArrayList<>();

    Load(Arena arena, int count) {
        this.arena = arena;
        this.count = count;
    }

    void start() {
        for (int i = 0; i < count; i++) {
            try {
                processes.add(new ProcessBuilder(
                                "perl",
                                "-MIO::Handle",
                                "-e",
                                WORK,
                                arena.lab().folder().resolve("load-" + i).toString(),
                                i % 2 == 1 ? "1" : "")
                        .inheritIO()
                        .start());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @Override
    public void close() {
        processes.forEach(Process::destroyForcibly);
    }
}
