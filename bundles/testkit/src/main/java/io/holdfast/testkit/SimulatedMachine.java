package io.holdfast.testkit;

import io.holdfast.daemon.Instance;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** One simulated machine: its clock, disk, guard and what runs on it, whatever becomes of the daemon's process. */
final class SimulatedMachine {
    private final String name;
    private final VirtualTime time;
    private final MachineClock clock;
    private final SimulatedDisk disk;
    private final Observer observer;
    private final Map<String, Instance> running = new TreeMap<>();
    private final Map<String, Runnable> watchers = new TreeMap<>();
    private long boots;

    SimulatedMachine(String name, VirtualTime time, MachineClock clock, SimulatedDisk disk, Observer observer) {
        this.name = name;
        this.time = time;
        this.clock = clock;
        this.disk = disk;
        this.observer = observer;
    }

    String name() {
        return name;
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
        return ++boots;
    }

    long boots() {
        return boots;
    }

    /** {@return what runs, as what it was started} */
    Map<String, Instance> running() {
        return running;
    }

    Optional<Instance> startedAs(String instance) {
        return Optional.ofNullable(running.get(instance));
    }

    void begin(Instance instance) {
        running.put(instance.name(), instance);
        observer.activated(instance.name(), name, instance.token());
    }

    void end(String instance) {
        if (running.remove(instance) != null) {
            observer.ended(instance, name);
        }
    }

    void watch(String instance, Runnable died) {
        watchers.put(instance, died);
    }

    void unwatch(String instance, Runnable died) {
        watchers.remove(instance, died);
    }

    /** The service died by itself. */
    void die(String instance) {
        end(instance);
        Runnable watcher = watchers.get(instance);
        if (watcher != null) {
            watcher.run();
        }
    }

    /** The guard killed everything. */
    void killAll() {
        observer.stoppedByGuard(name, List.copyOf(running.keySet()));
        List.copyOf(running.keySet()).forEach(this::die);
    }

    /** The power went: everything is gone at once, and so is what was not synced. */
    void powerCut() {
        observer.released(name);
        List.copyOf(running.keySet()).forEach(this::end);
        watchers.clear();
        disk.powerCut();
    }
}
