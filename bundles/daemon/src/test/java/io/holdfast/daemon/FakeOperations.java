package io.holdfast.daemon;

import io.holdfast.api.resource.TypeDescription;
import io.holdfast.api.transport.Registration;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;

/** What runs on a node, simulated: it outlives the reconciler, as processes do. Each operation takes 20 ms unless told otherwise. */
final class FakeOperations implements Operations {
    private final VirtualLoop loop;
    final Set<String> running = new TreeSet<>();
    final Set<String> promoted = new TreeSet<>();
    final Map<String, Instance> started = new TreeMap<>();
    final Set<String> offered = new TreeSet<>(Set.of("t"));
    final List<String> calls = new ArrayList<>();
    final Map<String, Outcome> answers = new HashMap<>(); // "start a" -> what it gives in place of success
    final Map<String, Duration> takes = new HashMap<>();
    final Map<String, Duration> limits = new HashMap<>(); // "start a" -> the limit that it was last given
    final Map<String, Instance> given = new HashMap<>(); // "start a" -> what it was last called with
    final Map<String, Long> tokens = new HashMap<>(); // under which right it was promoted last
    final Set<String> unkillable = new TreeSet<>();
    final Set<String> busy = new TreeSet<>();
    final Map<String, Runnable> watches = new HashMap<>();
    final Map<String, TypeDescription> descriptions = new HashMap<>();
    final Set<String> promoting = new TreeSet<>(); // what is noted on disk
    private final Map<String, Integer> lives = new HashMap<>();
    final Set<String> ofOtherProcesses = new TreeSet<>();
    private int daemons;
    private final List<Runnable> typeListeners = new ArrayList<>();
    int overlaps;
    /** Grows whenever the gate is closed; nothing that was begun before can start after it. */
    LongSupplier closings = () -> 0;

    FakeOperations(VirtualLoop loop) {
        this.loop = loop;
    }

    @Override
    public CompletionStage<Outcome> perform(Operation kind, Instance instance, Duration limit) {
        String call = kind.word() + " " + instance.name();
        calls.add(call);
        limits.put(call, limit);
        given.put(call, instance);
        begin(instance.name());
        CompletableFuture<Outcome> stage = new CompletableFuture<>();
        long before = closings.getAsLong();
        int daemon = daemons;
        int life = lives.getOrDefault(instance.name(), 0);
        if (kind == Operation.PROMOTE) {
            promoting.add(instance.name());
        }
        loop.schedule(takes.getOrDefault(call, Duration.ofMillis(20)), () -> {
            if (daemon != daemons) {
                if (kind == Operation.PROMOTE && life == lives.getOrDefault(instance.name(), 0)) {
                    promoted.add(instance.name()); // its script is among the processes of the service, and outlives the
                    // daemon
                }
                return;
            }
            busy.remove(instance.name());
            Outcome answer = answers.get(call);
            if (kind == Operation.PROMOTE && answer == null) {
                promoting.remove(instance.name());
            }
            if (kind == Operation.START && closings.getAsLong() != before) {
                answer = new Outcome.Failed("the gate is closed", false);
            }
            if (kind == Operation.START && answer == null) {
                running.add(instance.name());
                started.put(instance.name(), instance);
            } else if (kind == Operation.STOP && answer == null) {
                end(instance.name());
            } else if (kind == Operation.PROMOTE && answer == null) {
                promoted.add(instance.name());
                tokens.put(instance.name(), instance.promotedToken().orElse(0));
            } else if (kind == Operation.DEMOTE && answer == null) {
                promoted.remove(instance.name());
            }
            boolean runs = running.contains(instance.name());
            Outcome natural = kind != Operation.MONITOR
                    ? new Outcome.Ok()
                    : !runs
                            ? new Outcome.NotRunning()
                            : promoted.contains(instance.name()) ? new Outcome.Promoted() : new Outcome.Ok();
            stage.complete(answer == null ? natural : answer);
        });
        return stage;
    }

    @Override
    public boolean startedByOtherProcess(String instance) {
        return ofOtherProcesses.contains(instance);
    }

    @Override
    public CompletionStage<Boolean> kill(String instance) {
        calls.add("kill " + instance);
        begin(instance);
        CompletableFuture<Boolean> stage = new CompletableFuture<>();
        int daemon = daemons;
        loop.schedule(takes.getOrDefault("kill " + instance, Duration.ofMillis(5)), () -> {
            if (daemon != daemons) {
                return;
            }
            busy.remove(instance);
            boolean proved = !unkillable.contains(instance);
            if (proved) {
                end(instance);
            }
            stage.complete(proved);
        });
        return stage;
    }

    private void end(String instance) {
        running.remove(instance);
        promoted.remove(instance);
        started.remove(instance);
        promoting.remove(instance);
        lives.merge(instance, 1, Integer::sum);
    }

    private void begin(String instance) {
        if (!busy.add(instance)) {
            overlaps++;
        }
    }

    @Override
    public Registration watch(String instance, Runnable died) {
        watches.put(instance, died);
        loop.execute(
                () -> { // a watch on what is dead calls at once, as the real one does
                    if (!running.contains(instance) && watches.get(instance) == died) {
                        died.run();
                    }
                });
        return () -> watches.remove(instance, died);
    }

    void die(String instance) {
        running.remove(instance);
        promoted.remove(instance);
        Runnable died = watches.get(instance);
        if (died != null) {
            died.run();
        }
    }

    /** The daemon's process ends, and with it the operations that were under way. */
    void daemonEnded() {
        daemons++;
        busy.clear();
        watches.clear();
    }

    /** What the guard does. */
    void killAll() {
        running.forEach(instance -> lives.merge(instance, 1, Integer::sum));
        running.clear();
        promoted.clear();
        started.clear();
        promoting.clear();
    }

    @Override
    public Set<String> types() {
        return offered;
    }

    void typesChanged() {
        List.copyOf(typeListeners).forEach(Runnable::run);
    }

    @Override
    public Registration onTypes(Runnable changed) {
        typeListeners.add(changed);
        return () -> typeListeners.remove(changed);
    }

    @Override
    public Set<String> leftovers() {
        return Set.copyOf(started.keySet());
    }

    @Override
    public Optional<Instance> startedAs(String instance) {
        return Optional.ofNullable(started.get(instance));
    }

    @Override
    public boolean leftPromoting(String instance) {
        return promoting.contains(instance);
    }

    @Override
    public CompletionStage<Optional<TypeDescription>> describe(String type) {
        return CompletableFuture.completedFuture(Optional.ofNullable(descriptions.get(type)));
    }

    long count(String call) {
        return calls.stream().filter(call::equals).count();
    }
}
