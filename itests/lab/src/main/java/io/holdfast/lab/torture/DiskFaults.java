package io.holdfast.lab.torture;

import io.holdfast.lab.Waiting;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;

/** What befalls the disk under a voter's log, and its wall clock. None of it may stop or move what runs. */
final class DiskFaults {
    private DiskFaults() {}

    abstract static class OfDisk extends Fault {
        final String node;

        OfDisk(String node, Duration span, String text) {
            super(span, "disk of " + node + " " + text);
            this.node = node;
            on(node).claiming(node + ":disk").harmless(true);
        }
    }

    static final class Full extends OfDisk {
        Full(Draw draw) {
            super(draw.voter(), draw.span(), "full");
        }

        @Override
        void begin(Arena arena) {
            arena.disk(node).fill();
        }

        @Override
        void end(Arena arena) {
            arena.disk(node).free();
        }
    }

    static final class ReadOnly extends OfDisk {
        ReadOnly(Draw draw) {
            super(draw.voter(), draw.span(), "read-only");
        }

        @Override
        void begin(Arena arena) {
            arena.shim(node).readOnly(true);
        }

        @Override
        void end(Arena arena) {
            arena.shim(node).mend();
        }
    }

    static final class Slow extends OfDisk {
        private final Duration each;

        Slow(Draw draw) {
            this(draw, draw.between(Duration.ofMillis(50), Duration.ofSeconds(3)));
        }

        private Slow(Draw draw, Duration each) {
            super(draw.voter(), draw.span(), "needs " + each.toMillis() + " ms for each fsync");
            this.each = each;
        }

        @Override
        void begin(Arena arena) {
            arena.shim(node).slowSync(each);
        }

        @Override
        void end(Arena arena) {
            arena.shim(node).mend();
        }
    }

    /** After such an error the node takes part again after a restart, or after its log was replaced. */
    static final class Failing extends OfDisk {
        private final boolean sync;

        Failing(Draw draw) {
            this(draw, draw.coin());
        }

        private Failing(Draw draw, boolean sync) {
            super(draw.voter(), draw.span(), "fails to " + (sync ? "fsync" : "write"));
            this.sync = sync;
            claiming(node + ":processes", "damage").harmless(false);
        }

        @Override
        void begin(Arena arena) {
            if (sync) {
                arena.shim(node).failingSync(Shim.EIO);
            } else {
                arena.shim(node).failingWrite(Shim.EIO);
            }
        }

        @Override
        void end(Arena arena) {
            arena.powerOff(node);
            arena.shim(node).mend();
            arena.mayBeCured(node);
            arena.powerOn(node);
        }
    }

    /** A power cut in the middle of a write: the log ends in the first part of a record that nobody was told of. */
    static final class Torn extends OfDisk {
        private final int kept;

        Torn(Draw draw) {
            super(draw.voter(), Duration.ofMillis(500), "loses power in the middle of a write");
            this.kept = draw.number(1, 40);
            claiming(node + ":processes").harmless(false);
        }

        @Override
        void begin(Arena arena) throws IOException {
            arena.powerOff(node);
            for (Path log : logs(arena, node)) {
                try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "rw")) {
                    long end = endOf(file);
                    byte[] record = new byte[(int) Math.min(kept, end)];
                    file.seek(Math.min(end, 8)); // behind the header: what a record begins with
                    int length = file.read(record);
                    file.seek(end);
                    file.write(record, 0, Math.max(length, 0));
                }
            }
        }

        @Override
        void end(Arena arena) {
            arena.powerOn(node);
        }
    }

    /** A disk that lies: the voter must notice, stay out and say so; then a person replaces its log. */
    static final class Flipped extends OfDisk {
        private final int back;
        private final int bit;

        Flipped(Draw draw) {
            super(draw.voter(), Duration.ofMillis(500), "flips a bit near the log's end while the power is off");
            this.back = draw.number(1, 60);
            this.bit = draw.number(0, 7);
            claiming(node + ":processes", "damage").harmless(false);
        }

        @Override
        void begin(Arena arena) throws IOException {
            arena.powerOff(node);
            arena.mayBeCured(node);
            for (Path log : logs(arena, node)) {
                try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "rw")) {
                    long at = endOf(file) - back;
                    if (at >= 8) {
                        file.seek(at);
                        int old = file.read();
                        file.seek(at);
                        file.write(old ^ 1 << bit);
                    }
                }
            }
        }

        @Override
        void end(Arena arena) {
            arena.powerOn(node);
        }
    }

    private static Set<Path> logs(Arena arena, String node) {
        return Arena.files(arena.node(node).base().resolve("ledger"), "log_inprogress");
    }

    /** {@return where the preallocated zeros begin} */
    private static long endOf(RandomAccessFile file) throws IOException {
        byte[] all = new byte[(int) file.length()];
        file.seek(0);
        file.readFully(all);
        int end = all.length;
        while (end > 0 && all[end - 1] == 0) {
            end--;
        }
        return end;
    }

    static final class WallClock extends Fault {
        private final String node;
        private final Duration step;

        WallClock(Draw draw) {
            this(
                    draw.voter(),
                    draw.between(Duration.ofSeconds(1), Duration.ofDays(20)).multipliedBy(draw.coin() ? 1 : -1),
                    draw.span());
        }

        private WallClock(String node, Duration step, Duration span) {
            super(span, "wall clock of " + node + " wrong by " + step.toSeconds() + " s");
            this.node = node;
            this.step = step;
            on(node).claiming(node + ":clock").harmless(true);
        }

        @Override
        void begin(Arena arena) {
            arena.shim(node).wallClock(step);
        }

        @Override
        void end(Arena arena) {
            arena.shim(node).wallClock(Duration.ZERO);
        }
    }

    /** It goes to and fro. */
    static final class WallClockStrobes extends Fault {
        private final String node;
        private final Duration step;
        private final int times;

        WallClockStrobes(Draw draw) {
            this(
                    draw.voter(),
                    draw.between(Duration.ofMillis(100), Duration.ofHours(2)).multipliedBy(draw.coin() ? 1 : -1),
                    draw.number(10, 60));
        }

        private WallClockStrobes(String node, Duration step, int times) {
            super(
                    Duration.ZERO,
                    "wall clock of " + node + " goes " + times + " times to and fro by " + step.toMillis() + " ms");
            this.node = node;
            this.step = step;
            this.times = times;
            on(node).claiming(node + ":clock").harmless(true);
        }

        @Override
        void begin(Arena arena) {
            for (int i = 0; i < times; i++) {
                arena.shim(node).wallClock(step);
                Waiting.pause(Duration.ofMillis(30));
                arena.shim(node).wallClock(Duration.ZERO);
                Waiting.pause(Duration.ofMillis(20));
            }
        }

        @Override
        void end(Arena arena) {
            arena.shim(node).wallClock(Duration.ZERO);
        }
    }
}
