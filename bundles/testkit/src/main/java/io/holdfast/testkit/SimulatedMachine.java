package io.holdfast.testkit;

import io.holdfast.daemon.Instance;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** One simulated machine: its clock, disk, guard and what runs on it, whatever becomes of the daemon's process. */
final class SimulatedMachine {
    private final String name;
    private final VirtualTime time;
    private final MachineClock clock;
    private final SimulatedDisk disk;
    private final Observer observer;
    private final boolean strong;
    private final Map<String, Instance> running = new TreeMap<>();
    /** The tokens under which instances are promoted. */
    private final Map<String, Long> promoted = new TreeMap<>();

    /** What of a promotion goes on, by instance. */
    private final Map<String, Promotion> promotions = new TreeMap<>();

    private final Map<String, Runnable> watchers = new TreeMap<>();
    private final Set<String> stuck = new HashSet<>();
    private final List<Runnable> frozenActions = new ArrayList<>();
    private boolean frozen;
    private long wallOffsetMillis;
    private long boots;
    private boolean off = true;

    /**
     * A promotion that began: it acts at some moment, also when the daemon that began it is gone, and ends with what runs of the
     * instance.
     */
    static final class Promotion {
        private final Object by;
        private boolean heard;
        private boolean late;

        private Promotion(Object by) {
            this.by = by;
        }

        /** It exceeded its limit. */
        void late() {
            late = true;
        }

        /** Its end was told to who began it. */
        void heard() {
            heard = true;
        }
    }

    /** @param strong a watchdog resets it when its guard does not feed it */
    SimulatedMachine(
            String name, VirtualTime time, MachineClock clock, SimulatedDisk disk, Observer observer, boolean strong) {
        this.name = name;
        this.time = time;
        this.clock = clock;
        this.disk = disk;
        this.observer = observer;
        this.strong = strong;
    }

    String name() {
        return name;
    }

    boolean strong() {
        return strong;
    }

    MachineClock clock() {
        return clock;
    }

    SimulatedDisk disk() {
        return disk;
    }

    long nanos() {
        return clock.read(time.now());
    }

    long boot() {
        off = false;
        return ++boots;
    }

    boolean off() {
        return off;
    }

    long boots() {
        return boots;
    }

    /** How far its wall clock is off, milliseconds. */
    long wallOffsetMillis() {
        return wallOffsetMillis;
    }

    /** Steps its wall clock. */
    void wallOffset(long millis) {
        wallOffsetMillis = millis;
    }

    /** {@return what runs, as what it was started} */
    Map<String, Instance> running() {
        return running;
    }

    Optional<Instance> startedAs(String instance) {
        return Optional.ofNullable(running.get(instance));
    }

    void begin(Instance instance) {
        if (running.containsKey(instance.name())) {
            observer.startedTwice(instance.name(), name);
        }
        running.put(instance.name(), instance);
        observer.activated(instance.name(), name, instance.token());
        if (instance.copy().filter(copy -> copy.promoted() == 0).isPresent()) {
            observer.equal(instance.name(), name, true);
        }
    }

    /** Ends the instance. {@return whether it is gone: what hangs in the kernel stays} */
    boolean end(String instance) {
        if (stuck.contains(instance) && running.containsKey(instance)) {
            return false;
        }
        demote(instance);
        promotions.remove(instance);
        observer.equal(instance, name, false);
        if (running.remove(instance) != null) {
            observer.ended(instance, name);
        }
        return true;
    }

    /** A promotion of what runs of the instance begins. */
    Promotion beginPromotion(String instance, Object by) {
        Promotion before = promotions.get(instance);
        if (before != null && !before.heard) {
            observer.promotedTwice(instance, name);
        }
        Promotion begun = new Promotion(by);
        if (running.containsKey(instance)) {
            promotions.put(instance, begun);
        }
        return begun;
    }

    /** Whether a promotion whose end nobody heard may act yet. */
    boolean leftPromoting(String instance, Object asks) {
        Promotion left = promotions.get(instance);
        return left != null && !left.heard && (left.late || !left.by.equals(asks));
    }

    /** What runs of the instance does from now on what only the promoted one may do, if that promotion goes on. */
    @SuppressWarnings("ReferenceEquality") // that very one
    void promote(String instance, long token, Promotion promotion) {
        if (promotions.get(instance) == promotion) {
            promoted.put(instance, token);
            observer.promoted(instance, name, token);
        }
    }

    void demote(String instance) {
        Long token = promoted.remove(instance);
        if (token != null) {
            observer.demoted(name, token);
        }
    }

    boolean promoted(String instance) {
        return promoted.containsKey(instance);
    }

    void watch(String instance, Runnable died) {
        watchers.put(instance, died);
    }

    void unwatch(String instance, Runnable died) {
        watchers.remove(instance, died);
    }

    /** The service died by itself, or was killed. */
    void die(String instance) {
        if (running.containsKey(instance) && end(instance)) {
            Runnable watcher = watchers.get(instance);
            if (watcher != null) {
                watcher.run();
            }
        }
    }

    /** What runs of the instance can be killed no more (it waits in the kernel), or can again. */
    void stick(String instance, boolean sticks) {
        if (sticks && running.containsKey(instance)) {
            stuck.add(instance);
        } else {
            stuck.remove(instance);
        }
    }

    /** The guard, which closed the gate at {@code closed}, kills everything. {@return whether nothing is left} */
    boolean killAll(long closed) {
        observer.stoppedByGuard(name, running.keySet(), closed);
        List.copyOf(running.keySet()).forEach(this::die);
        return running.isEmpty();
    }

    /** Does it when the machine runs: now, or when it thaws. */
    void act(Runnable action) {
        if (frozen) {
            frozenActions.add(action);
        } else {
            action.run();
        }
    }

    boolean frozen() {
        return frozen;
    }

    /** The whole machine stands still: what runs on it does nothing. */
    void freeze() {
        frozen = true;
        promoted.values().forEach(token -> observer.demoted(name, token));
        running.keySet().forEach(instance -> observer.ended(instance, name));
    }

    void thaw() {
        if (frozen) {
            frozen = false;
            running.forEach((instance, as) -> observer.resumed(instance, name, as.token()));
            promoted.forEach((instance, token) -> observer.promotedStill(instance, name, token));
            List<Runnable> due = List.copyOf(frozenActions);
            frozenActions.clear();
            due.forEach(Runnable::run);
        }
    }

    /** The power went: everything is gone at once, and so is what was not synced. */
    void powerCut() {
        off = true;
        frozen = false;
        frozenActions.clear();
        stuck.clear();
        observer.released(name);
        List.copyOf(running.keySet()).forEach(this::end);
        watchers.clear();
        disk.powerCut();
    }
}
