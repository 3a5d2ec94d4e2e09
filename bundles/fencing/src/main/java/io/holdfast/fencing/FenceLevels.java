package io.holdfast.fencing;

import io.holdfast.api.fencing.FenceAction;
import io.holdfast.api.runtime.Loop;
import io.holdfast.model.config.FenceSetting;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;

/**
 * Cuts a node off by its devices: all of a level must confirm, and the next level is tried when one of them does not, or when the node
 * answers all the same.
 */
final class FenceLevels {
    /** What may be behind a device that says what is not true. */
    static final String LIES =
            "the device lies, or it is that of another machine; look at its 'nodes' and 'parameters'";

    /** Who is to be cut off. */
    interface Target {
        /** {@return whether that is still wanted; asked before each try} */
        boolean wanted();

        /** {@return whether it shows that it runs, after the devices said that it does not} */
        CompletionStage<Boolean> stillRuns();

        /** Told that these devices confirmed, and the target runs. {@return completes when every later leader knows it too} */
        CompletionStage<?> lied(List<FenceSetting> devices);
    }

    private final Loop loop;
    private final FenceDevices devices;

    FenceLevels(Loop loop, FenceDevices devices) {
        this.loop = loop;
        this.devices = devices;
    }

    /**
     * Cuts {@code node} off.
     *
     * @return completes with the devices that confirmed, or fails with what each answered
     */
    CompletionStage<List<FenceSetting>> off(String node, List<FenceSetting> settings, Target target) {
        TreeMap<Integer, List<FenceSetting>> levels = new TreeMap<>();
        settings.forEach(setting -> levels.computeIfAbsent(setting.level(), level -> new ArrayList<>())
                .add(setting));
        CompletableFuture<List<FenceSetting>> done = new CompletableFuture<>();
        level(node, new ArrayList<>(levels.values()), target, new ArrayList<>(), done);
        return done;
    }

    private void level(
            String node,
            List<List<FenceSetting>> levels,
            Target target,
            List<String> answers,
            CompletableFuture<List<FenceSetting>> done) {
        if (levels.isEmpty()) {
            done.completeExceptionally(new IllegalStateException(String.join("; ", answers)));
            return;
        }
        List<FenceSetting> now = levels.get(0);
        CompletableFuture<?>[] each = now.stream()
                .map(setting -> device(node, setting, target, answers))
                .toArray(CompletableFuture[]::new);
        CompletableFuture.allOf(each).whenComplete((all, failure) -> {
            if (failure == null) {
                verify(node, levels, target, answers, done);
            } else {
                level(node, levels.subList(1, levels.size()), target, answers, done);
            }
        });
    }

    /** "Off" is believed only of a node that does not answer. */
    private void verify(
            String node,
            List<List<FenceSetting>> levels,
            Target target,
            List<String> answers,
            CompletableFuture<List<FenceSetting>> done) {
        List<FenceSetting> confirmed = levels.get(0);
        target.stillRuns().whenComplete((runs, failure) -> {
            if (failure != null) {
                done.completeExceptionally(failure);
            } else if (!runs) {
                done.complete(confirmed);
            } else {
                answers.add(names(confirmed) + ": said that " + node + " is off, but it still answers: " + LIES);
                // The next level may take this leader's own power: what was found out must not be lost with it.
                target.lied(confirmed).whenComplete((noted, failed) -> {
                    if (failed == null) {
                        level(node, levels.subList(1, levels.size()), target, answers, done);
                    } else {
                        done.completeExceptionally(new IllegalStateException(
                                String.join("; ", answers) + "; that could not be noted yet: " + said(failed)));
                    }
                });
            }
        });
    }

    private CompletableFuture<?> device(String node, FenceSetting setting, Target target, List<String> answers) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        Runnable first = () -> attempt(node, setting, target, 1 + Math.max(0, setting.retries()), answers, done);
        if (setting.delay().isZero()) {
            first.run();
        } else {
            loop.schedule(setting.delay(), first);
        }
        return done;
    }

    private void attempt(
            String node,
            FenceSetting setting,
            Target target,
            int tries,
            List<String> answers,
            CompletableFuture<Void> done) {
        if (!target.wanted()) {
            done.completeExceptionally(new IllegalStateException("no longer needed"));
            return;
        }
        devices.perform(setting, FenceAction.OFF, node).whenComplete((nothing, failure) -> {
            if (failure == null) {
                done.complete(null);
            } else if (tries > 1) {
                attempt(node, setting, target, tries - 1, answers, done);
            } else {
                answers.add(setting.name() + ": " + said(failure));
                done.completeExceptionally(failure);
            }
        });
    }

    /** Lets the node on again where the device is configured to reboot. */
    void on(String node, List<FenceSetting> confirmed) {
        confirmed.stream()
                .filter(setting -> setting.action().equals("reboot"))
                .forEach(setting -> devices.perform(setting, FenceAction.ON, node));
    }

    static String names(List<FenceSetting> settings) {
        return settings.stream().map(FenceSetting::name).collect(Collectors.joining(", "));
    }

    /** {@return what a failure says, without the wrapping of stages} */
    static String said(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        String message = cause.getMessage();
        return message == null ? cause.getClass().getSimpleName() : message;
    }
}
