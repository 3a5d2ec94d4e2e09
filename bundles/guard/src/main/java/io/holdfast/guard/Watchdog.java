package io.holdfast.guard;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The machine's watchdog: resets it unless it is fed. Whoever feeds must know at that moment that the lease runs or that nothing is
 * left running; so the guard's main loop does it and nothing else.
 */
final class Watchdog {
    private static final Duration ASSUMED = Duration.ofSeconds(10);
    private final Path device;
    private final Duration timeout;
    private final GuardLog log;
    private final long interval;
    private @Nullable RandomAccessFile open;
    private long next = Long.MIN_VALUE;
    private boolean told;

    private Watchdog(Path device, Duration timeout, GuardLog log) {
        this.device = device;
        this.timeout = timeout;
        this.log = log;
        this.interval = Math.min(timeout.toNanos() / 8, Duration.ofSeconds(1).toNanos());
    }

    /**
     * Arms the device.
     *
     * @param may whether it may be fed now, as opening does; if not, an earlier guard armed it, and the first {@link #feed} opens it
     * @param wanted the time-out that the administrator wants, set where the device allows it
     * @throws IOException if it cannot be armed; the guard then is not a strong one
     */
    static Watchdog arm(Path device, boolean may, Optional<Duration> wanted, GuardLog log) throws IOException {
        Path told = told(device);
        if (may
                && wanted.isPresent()
                && Files.exists(told)
                && seconds(told) != wanted.get().toSeconds()) {
            set(device, wanted.get());
        }
        Duration timeout = Files.exists(told) ? Duration.ofSeconds(seconds(told)) : wanted.orElse(ASSUMED);
        if (wanted.isPresent() && !timeout.equals(wanted.get())) {
            log.say("The watchdog " + device + " keeps its time-out of " + timeout.toSeconds() + " s, not the "
                    + wanted.get().toSeconds() + " s of watchdog.timeout; for softdog, give soft_margin to modprobe.");
        }
        Watchdog watchdog = new Watchdog(device, timeout, log);
        if (may) {
            watchdog.open = open(device);
        }
        return watchdog;
    }

    private static Path told(Path device) {
        String name = device.getFileName().toString();
        return Path.of("/sys/class/watchdog", name.equals("watchdog") ? "watchdog0" : name, "timeout");
    }

    private static long seconds(Path file) throws IOException {
        return Long.parseLong(Files.readString(file).strip());
    }

    private static void set(Path device, Duration wanted) {
        try {
            Process wdctl = new ProcessBuilder("wdctl", "-s", Long.toString(wanted.toSeconds()), device.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (!wdctl.waitFor(2, TimeUnit.SECONDS)) {
                wdctl.destroyForcibly();
            }
        } catch (IOException e) {
            return; // no wdctl: what the device says counts, and the difference is logged
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static RandomAccessFile open(Path device) throws IOException {
        // for reading too: so a test's named pipe can be opened without a reader
        return new RandomAccessFile(device.toFile(), "rw");
    }

    Duration timeout() {
        return timeout;
    }

    /** Feeds it if it is time. */
    void feed(long now) {
        if (now < next) {
            return;
        }
        next = now + interval;
        try {
            if (open == null) {
                open = open(device);
            }
            open.write('.');
            told = false;
        } catch (IOException e) {
            if (!told) {
                told = true;
                log.say("The watchdog " + device + " cannot be fed (" + e.getMessage()
                        + "): it will reset this machine within " + timeout.toSeconds() + " s.");
            }
        }
    }

    /** Leaves it armed and freshly fed to the next guard, since most devices can be open only once. Only when it may be fed. */
    void leave() {
        next = Long.MIN_VALUE;
        feed(0);
        try {
            if (open != null) {
                open.close(); // without 'V' it goes on counting
            }
        } catch (IOException e) {
            log.say("The watchdog " + device + " could not be closed for the next guard: " + e.getMessage());
        }
        open = null;
    }

    /** Disarms it; only when everything is proved stopped. */
    void disarm() {
        try {
            if (open != null) {
                open.write('V');
                open.close();
            }
        } catch (IOException e) {
            log.say("The watchdog " + device + " could not be disarmed: " + e.getMessage());
        }
    }
}
