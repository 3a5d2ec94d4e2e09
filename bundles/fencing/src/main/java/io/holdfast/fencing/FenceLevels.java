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
import java.util.function.BooleanSupplier;

/** Cuts a node off by its devices: all of a level must confirm, and the next level is tried when one of them does not. */
final class FenceLevels {
    private final Loop loop;
    private final FenceDevices devices;

    FenceLevels(Loop loop, FenceDevices devices) {
        this.loop = loop;
        this.devices = devices;
    }

    /**
     * Cuts {@code node} off.
     *
     * @param wanted asked before each try; when it says no, the rest is given up
     * @return completes with the devices that confirmed, or fails with what each answered
     */
    CompletionStage<List<FenceSetting>> off(String node, List<FenceSetting> settings, BooleanSupplier wanted) {
        TreeMap<Integer, List<FenceSetting>> levels = new TreeMap<>();
        settings.forEach(setting -> levels.computeIfAbsent(setting.level(), level -> new ArrayList<>())
                .add(setting));
        CompletableFuture<List<FenceSetting>> done = new CompletableFuture<>();
        level(node, new ArrayList<>(levels.values()), wanted, new ArrayList<>(), done);
        return done;
    }

    private void level(
            String node,
            List<List<FenceSetting>> levels,
            BooleanSupplier wanted,
            List<String> answers,
            CompletableFuture<List<FenceSetting>> done) {
        if (levels.isEmpty()) {
            done.completeExceptionally(new IllegalStateException(String.join("; ", answers)));
            return;
        }
        List<FenceSetting> now = levels.get(0);
        CompletableFuture<?>[] each = now.stream()
                .map(setting -> device(node, setting, wanted, answers))
                .toArray(CompletableFuture[]::new);
        CompletableFuture.allOf(each).whenComplete((all, failure) -> {
            if (failure == null) {
                done.complete(now);
            } else {
                level(node, levels.subList(1, levels.size()), wanted, answers, done);
            }
        });
    }

    private CompletableFuture<?> device(
            String node, FenceSetting setting, BooleanSupplier wanted, List<String> answers) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        Runnable first = () -> attempt(node, setting, wanted, 1 + Math.max(0, setting.retries()), answers, done);
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
            BooleanSupplier wanted,
            int tries,
            List<String> answers,
            CompletableFuture<Void> done) {
        if (!wanted.getAsBoolean()) {
            done.completeExceptionally(new IllegalStateException("no longer needed"));
            return;
        }
        devices.perform(setting, FenceAction.OFF, node).whenComplete((nothing, failure) -> {
            if (failure == null) {
                done.complete(null);
            } else if (tries > 1) {
                attempt(node, setting, wanted, tries - 1, answers, done);
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

    /** {@return what a failure says, without the wrapping of stages} */
    static String said(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        String message = cause.getMessage();
        return message == null ? cause.getClass().getSimpleName() : message;
    }
}
