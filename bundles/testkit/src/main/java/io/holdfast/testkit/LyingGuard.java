package io.holdfast.testkit;

import io.holdfast.api.runtime.GuardLink;
import java.time.Duration;

/** Another guard with single answers changed. */
abstract class LyingGuard implements GuardLink {
    private final GuardLink sound;

    LyingGuard(GuardLink sound) {
        this.sound = sound;
    }

    @Override
    public Strength strength() {
        return sound.strength();
    }

    @Override
    public boolean contained() {
        return sound.contained();
    }

    @Override
    public Duration killTime() {
        return sound.killTime();
    }

    @Override
    public long session() {
        return sound.session();
    }

    @Override
    public long incarnation() {
        return sound.incarnation();
    }

    @Override
    public long deadline() {
        return sound.deadline();
    }

    @Override
    public void begin(long incarnation) {
        sound.begin(incarnation);
    }

    @Override
    public void extend(long incarnation, long deadline) {
        sound.extend(incarnation, deadline);
    }

    @Override
    public void shorten(long incarnation, long deadline) {
        sound.shorten(incarnation, deadline);
    }

    @Override
    public boolean open() {
        return sound.open();
    }

    @Override
    public boolean shut() {
        return sound.shut();
    }

    @Override
    public long closings() {
        return sound.closings();
    }

    @Override
    public boolean provedStopped() {
        return sound.provedStopped();
    }

    @Override
    public void inDaemon(boolean running) {
        sound.inDaemon(running);
    }
}
