package io.holdfast.lab.torture;

import io.holdfast.lab.Waiting;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * Episodes of faults, drawn from a seed: one alone, or some that overlap; then everything is mended, and all must be well within the
 * bound; then a while of calm in which nothing may happen.
 */
final class Schedule implements AutoCloseable {
    /** From the end of the last fault until everything is active and all nodes are online. */
    static final Duration BOUND = Duration.ofSeconds(60);

    private static final Duration FAULT_LIMIT = Duration.ofMinutes(3);

    /** Instead of words of faults: there are none. */
    static final String NOTHING = "nothing";

    /** The cluster keeps the latest events only. */
    private static final Duration EVENTS_READ = Duration.ofSeconds(30);

    private static final int TRIES = 40;
    private static final int TRIES_FOR_SOME = 2000;

    /** How many faults an episode has; each number is as likely as every other here. */
    private static final List<Integer> AT_ONCE = List.of(1, 1, 1, 1, 2, 2, 3, 3, 4, 5, 6, 7);

    private final String only;
    private final boolean alone;
    private final Arena arena;
    private final Random random;
    private final Duration lease;
    private final ExecutorService hands = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "torture-fault");
        thread.setDaemon(true);
        return thread;
    });
    private int number;

    /**
     * @param only what stands in the faults' lines of the history, with commas between; all if empty, none if {@link #NOTHING}
     * @param alone whether faults never overlap
     */
    Schedule(Arena arena, Random random, Duration lease, String only, boolean alone) {
        this.only = only;
        this.alone = alone;
        this.arena = arena;
        this.random = random;
        this.lease = lease;
    }

    /** Goes on until the time is over. {@return whether the cluster always came back} */
    boolean run(Duration span) {
        long end = History.now() + span.toNanos();
        while (only.equals(NOTHING) && History.now() < end) {
            Waiting.pause(Duration.ofNanos(Math.min(EVENTS_READ.toNanos(), Math.max(0, end - History.now()))));
            arena.readEvents();
        }
        while (History.now() < end) {
            if (!episode()) {
                return false;
            }
        }
        return true;
    }

    private boolean episode() {
        Waiting.pause(lease.plusMillis(random.nextInt((int) lease.toMillis())));
        arena.readEvents();
        List<Fault> faults = draw();
        List<Future<?>> running = new ArrayList<>();
        for (Fault fault : faults) {
            Duration delay =
                    running.isEmpty() ? Duration.ZERO : Duration.ofMillis(random.nextInt((int) lease.toMillis()));
            int id = ++number;
            running.add(hands.submit(() -> befall(id, fault, delay)));
        }
        running.forEach(Schedule::await);
        arena.history().write("healed");
        boolean well = arena.awaitCalm(BOUND);
        arena.readEvents();
        if (well) {
            arena.history().write("calm");
        } else {
            arena.history().write("lost", arena.problem());
        }
        return well;
    }

    private List<Fault> draw() {
        int count = alone ? 1 : AT_ONCE.get(random.nextInt(AT_ONCE.size()));
        String leader = arena.leader();
        List<Fault> faults = new ArrayList<>();
        Set<String> claims = new HashSet<>();
        for (int tries = 0; faults.size() < count && tries < (only.isEmpty() ? TRIES : TRIES_FOR_SOME); tries++) {
            Draw draw = new Draw(random, arena.layout(), lease, leader);
            Fault fault = draw.any(Faults.ALL).apply(draw);
            if (wanted(fault) && fault.claims().stream().noneMatch(claims::contains)) {
                claims.addAll(fault.claims());
                faults.add(fault);
            }
        }
        return faults;
    }

    private boolean wanted(Fault fault) {
        return Stream.of(only.split(",")).anyMatch(fault.words()::contains);
    }

    private void befall(int id, Fault fault, Duration delay) {
        Waiting.pause(delay);
        arena.history().write("fault", id, fault.words());
        fault.told().forEach(sentence -> arena.history().write("must", id, sentence));
        System.out.printf("%8.1f s  fault %d: %s%n", (History.now() - arena.began()) / 1e9, id, fault);
        try {
            fault.begin(arena);
            Waiting.pause(fault.span());
        } catch (Exception e) { // another fault may have taken away what this one needs
            arena.history().write("void", id, e);
        }
        try {
            fault.end(arena);
        } catch (Exception e) {
            arena.history().write("note", "fault", id, "did not end by itself:", e);
        }
        arena.history().write("ended", id);
    }

    private static void await(Future<?> fault) {
        try {
            fault.get(FAULT_LIMIT.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException("a fault does not end", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    @Override
    public void close() {
        hands.shutdownNow();
    }
}
