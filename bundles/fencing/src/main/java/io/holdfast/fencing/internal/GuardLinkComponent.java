package io.holdfast.fencing.internal;

import io.holdfast.api.runtime.GuardLink;
import io.holdfast.api.runtime.Loop;
import io.holdfast.api.runtime.NodeSettings;
import io.holdfast.api.runtime.Workers;
import io.holdfast.guard.cells.Deputy;
import io.holdfast.guard.memory.SharedGuard;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The memory shared with the guard, and the watch over the guard. */
@Component(service = GuardLink.class, immediate = true)
public final class GuardLinkComponent implements GuardLink {
    private static final Logger log = LoggerFactory.getLogger(GuardLinkComponent.class);
    private static final Duration LOOP_RUNS = Duration.ofMillis(200);
    private static final Duration REPLACE_LIMIT = Duration.ofSeconds(10);
    /** bin/holdfast sets it, and starts the guard before the daemon. */
    private static final String STARTED_WITH_GUARD = "holdfast.base";

    private static final Duration DEPUTY_LIMIT = Duration.ofSeconds(30);
    private static final Duration DEPUTY_PAUSE = Duration.ofMillis(10);
    private static final int ENDED_ITSELF = 1;

    private final Loop loop;
    private final Workers workers;
    private final NodeSettings settings;
    private final @Nullable SharedGuard shared;
    private final GuardLink unguarded;
    private volatile boolean ended;
    private final AtomicBoolean deputising = new AtomicBoolean();
    private String told = "";

    /** Called by DS. */
    @Activate
    public GuardLinkComponent(
            BundleContext bundle, @Reference Loop loop, @Reference Workers workers, @Reference NodeSettings settings) {
        this.loop = loop;
        this.workers = workers;
        this.settings = settings;
        unguarded = new UnguardedLink(loop::nanos, UUID.randomUUID().getMostSignificantBits(), System.getProperties());
        SharedGuard attached = null;
        try {
            attached = SharedGuard.attach(
                    settings.base(),
                    loop::nanos,
                    work -> workers.submit("replace the guard", REPLACE_LIMIT, () -> {
                        work.run();
                        return true;
                    }));
        } catch (IOException e) {
            if (bundle.getProperty(STARTED_WITH_GUARD) != null) {
                throw new IllegalStateException(
                        "The guard of " + settings.base() + " cannot be reached: " + e.getMessage(), e);
            }
            log.warn(
                    "This node has no guard ({}): it joins as guard=none and can be fenced by a device or a person only;"
                            + " start it with bin/holdfast instead",
                    e.getMessage());
        }
        shared = attached;
    }

    /** Called by DS. */
    @Activate
    public void start() {
        SharedGuard guard = shared;
        if (guard != null) {
            loop.execute(() -> loopRuns(guard));
            Thread watch = new Thread(() -> watch(guard), "holdfast-guard-watch");
            watch.setDaemon(true);
            watch.start();
        }
    }

    /** Called by DS. What the guard was told stays, and it goes on by itself. */
    @Deactivate
    public void stop() {
        ended = true;
    }

    private void loopRuns(SharedGuard guard) {
        if (!ended) {
            guard.loopRuns();
            loop.scheduleLoosely(LOOP_RUNS, () -> loopRuns(guard));
        }
    }

    /** On a thread of its own: a loop that is held up must not keep a dead guard from being replaced. */
    private void watch(SharedGuard guard) {
        while (!ended) {
            long pause = LOOP_RUNS.toNanos();
            try {
                pause = look(guard);
            } catch (RuntimeException e) {
                log.error("Looking after the guard failed; going on", e);
            }
            LockSupport.parkNanos(pause);
        }
    }

    private long look(SharedGuard guard) {
        long pause = guard.watch();
        if (!guard.trouble().equals(told)) {
            told = guard.trouble();
            if (!told.isEmpty()) {
                log.error("{}", told);
            }
        }
        if (guard.forsaken() && deputising.compareAndSet(false, true)) {
            deputise(guard);
        }
        return pause;
    }

    /** The lease is over and no guard acts on it: what a guard does at the deadline is done here, until there is one again. */
    private void deputise(SharedGuard guard) {
        log.error("The lease has ended and the guard is dead or hangs: stopping everything in its place");
        workers.submit("stop everything", DEPUTY_LIMIT, () -> stopEverything(guard))
                .whenComplete((ended, failure) -> {
                    deputising.set(false);
                    if (failure != null) {
                        log.error("Stopping everything in the guard's place is tried again", failure);
                    }
                });
    }

    private boolean stopEverything(SharedGuard guard) throws IOException, InterruptedException {
        Deputy deputy = new Deputy(
                settings.base(),
                settings.node(),
                Optional.ofNullable(settings.all().get("cgroup")),
                problem -> log.error("{}", problem));
        while (guard.forsaken()) {
            deputy.pass();
            if (guard.inDaemon() && guard.forsaken()) {
                log.error("Resources run in this process, which nobody else can end now: it ends itself");
                Runtime.getRuntime().halt(ENDED_ITSELF);
            }
            Thread.sleep(DEPUTY_PAUSE.toMillis());
        }
        return true;
    }

    @Override
    public Strength strength() {
        return shared == null ? unguarded.strength() : shared.strong() ? Strength.STRONG : Strength.PROCESS;
    }

    @Override
    public boolean contained() {
        return shared != null && shared.contained();
    }

    @Override
    public Duration killTime() {
        return shared == null ? unguarded.killTime() : shared.killTime();
    }

    @Override
    public long session() {
        return shared == null ? unguarded.session() : shared.session();
    }

    @Override
    public long incarnation() {
        return shared == null ? unguarded.incarnation() : shared.incarnation();
    }

    @Override
    public long deadline() {
        return shared == null ? unguarded.deadline() : shared.deadline();
    }

    @Override
    public void begin(long incarnation) {
        if (shared == null) {
            unguarded.begin(incarnation);
        } else {
            shared.begin(incarnation);
        }
    }

    @Override
    public void extend(long incarnation, long deadline) {
        if (shared == null) {
            unguarded.extend(incarnation, deadline);
        } else {
            shared.extend(incarnation, deadline);
        }
    }

    @Override
    public void shorten(long incarnation, long deadline) {
        if (shared == null) {
            unguarded.shorten(incarnation, deadline);
        } else {
            shared.shorten(incarnation, deadline);
        }
    }

    @Override
    public boolean open() {
        return shared == null ? unguarded.open() : shared.open();
    }

    @Override
    public boolean shut() {
        return shared == null ? unguarded.shut() : shared.shut();
    }

    @Override
    public long closings() {
        return shared == null ? unguarded.closings() : shared.closings();
    }

    @Override
    public boolean provedStopped() {
        return shared == null ? unguarded.provedStopped() : shared.provedStopped();
    }

    @Override
    public void inDaemon(boolean running) {
        if (shared != null) {
            shared.inDaemon(running);
        }
    }

    @Override
    public void leaving() {
        if (shared != null) {
            shared.leaving();
        }
    }

    @Override
    public String trouble() {
        return shared == null ? unguarded.trouble() : shared.trouble();
    }
}
