package io.holdfast.daemon;

import io.holdfast.api.runtime.TypeTrials;
import io.holdfast.model.Instances;
import io.holdfast.model.config.Resource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Compares what resources say under two versions of their types. On the loop only. */
final class Trials implements TypeTrials {
    /** What can be validated at all answers well within this; it is a look at files and ports. */
    private static final Duration VALIDATE = Duration.ofSeconds(8);

    /** A trial that nobody ends: longer than any takes, and as long as a dead service is left alone at most. */
    private static final Duration LONGEST = Duration.ofMinutes(2);

    /** One may fail because it ran into the moment in which its type was replaced. */
    private static final int FAILS = 2;

    private final Site site;
    private final Operations operations;
    private final Supplier<Set<String>> running;
    private final Consumer<String> monitorNow;
    private @Nullable Trial now;

    private static final class Trial {
        final Set<String> types;
        final long until;
        /** What passed its validation under the version of before. */
        final Set<String> valid = new TreeSet<>();
        /** What ran under it. */
        final Set<String> ran;

        final Map<String, String> invalid = new TreeMap<>();
        final Set<String> validated = new TreeSet<>();
        final Set<String> passed = new TreeSet<>();
        final Map<String, Integer> fails = new TreeMap<>();
        final Map<String, String> reasons = new TreeMap<>();

        Trial(Set<String> types, long until, Set<String> ran) {
            this.types = types;
            this.until = until;
            this.ran = ran;
        }

        boolean has(String type) {
            return types.contains(type)
                    || types.stream().anyMatch(family -> family.endsWith(":") && type.startsWith(family));
        }

        void forget() {
            invalid.clear();
            validated.clear();
            passed.clear();
            fails.clear();
            reasons.clear();
        }
    }

    /**
     * Creates it.
     *
     * @param running the instances that run here now as processes, and are monitored; what runs in the daemon ends with its bundle
     * @param monitorNow lets one be monitored at once
     */
    Trials(Site site, Operations operations, Supplier<Set<String>> running, Consumer<String> monitorNow) {
        this.site = site;
        this.operations = operations;
        this.running = running;
        this.monitorNow = monitorNow;
    }

    @Override
    public CompletionStage<Void> begin(Set<String> types) {
        Set<String> ran = new TreeSet<>(running.get());
        Trial trial = new Trial(Set.copyOf(types), site.loop().nanos() + LONGEST.toNanos(), ran);
        now = trial;
        ran.removeIf(name -> !isOf(trial, name));
        List<Resource> all = configured(trial);
        return validate(all, (name, trouble) -> {
            if (trouble.isEmpty()) {
                trial.valid.add(name);
            }
        });
    }

    @Override
    public CompletionStage<Verdict> look() {
        Trial trial = now;
        if (trial == null) {
            return CompletableFuture.completedFuture(new Verdict(List.of(), List.of()));
        }
        List<Resource> due = configured(trial).stream()
                .filter(resource -> trial.valid.contains(resource.name()))
                .filter(resource -> !trial.validated.contains(resource.name()))
                .toList();
        return validate(due, (name, trouble) -> {
                    trial.validated.add(name);
                    if (!trouble.isEmpty()) {
                        trial.invalid.put(name, trouble);
                    }
                })
                .thenApply(nothing -> verdict(trial));
    }

    private Verdict verdict(Trial trial) {
        List<String> waiting = new ArrayList<>();
        List<String> troubles = new ArrayList<>();
        trial.invalid.forEach(
                (name, trouble) -> troubles.add(name + " does not pass its validation any more: " + trouble));
        Set<String> here = running.get();
        for (String name : trial.ran) {
            if (trial.fails.getOrDefault(name, 0) >= FAILS) {
                troubles.add("the monitor of " + name + ", which runs here, fails now: " + trial.reasons.get(name));
            } else if (here.contains(name) && !trial.passed.contains(name)) {
                waiting.add(name + ", which runs here, was not monitored yet");
                monitorNow.accept(name);
            }
        }
        return new Verdict(waiting, troubles);
    }

    @Override
    public void end() {
        now = null;
    }

    private List<Resource> configured(Trial trial) {
        return site.log().state().configuration().resources().values().stream()
                .filter(resource -> trial.has(resource.type()))
                .filter(resource -> operations.types().contains(resource.type()))
                .toList();
    }

    private boolean isOf(Trial trial, String name) {
        return Instances.of(site.log().state())
                .definition(name)
                .filter(resource -> trial.has(resource.type()))
                .isPresent();
    }

    private CompletionStage<Void> validate(List<Resource> resources, BiConsumer<String, String> told) {
        return CompletableFuture.allOf(resources.stream()
                .map(resource -> operations
                        .perform(
                                Operation.VALIDATE,
                                new Instance(resource.name(), resource.type(), resource.parameters(), 0, Map.of()),
                                VALIDATE)
                        .thenAccept(outcome -> told.accept(resource.name(), trouble(outcome)))
                        .toCompletableFuture())
                .toArray(CompletableFuture[]::new));
    }

    private static String trouble(Outcome outcome) {
        if (outcome instanceof Outcome.Failed failed) {
            return failed.reason();
        } else if (outcome instanceof Outcome.Unknown unknown) {
            return unknown.reason();
        }
        return "";
    }

    // ---- what the others tell ----

    /** Another version of a type on trial is a new beginning. */
    void typesChanged() {
        Trial trial = now;
        if (trial != null
                && site.log().state().configuration().resources().values().stream()
                        .anyMatch(resource -> trial.has(resource.type())
                                && !operations.types().contains(resource.type()))) {
            trial.forget();
        }
    }

    void passed(String name) {
        if (now != null) {
            now.passed.add(name);
            now.fails.remove(name);
        }
    }

    /** {@return whether nothing is to be done about it now} */
    boolean failed(String name, String reason) {
        Trial trial = now;
        if (trial == null || !trial.ran.contains(name)) {
            return false;
        }
        if (site.loop().nanos() >= trial.until) {
            now = null;
            return false;
        }
        trial.passed.remove(name);
        trial.fails.merge(name, 1, Integer::sum);
        trial.reasons.put(name, reason);
        return true;
    }
}
