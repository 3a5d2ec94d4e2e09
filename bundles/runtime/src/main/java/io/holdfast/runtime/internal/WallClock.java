package io.holdfast.runtime.internal;

import java.time.Instant;
import java.time.InstantSource;
import org.osgi.service.component.annotations.Component;

/** The wall clock, which is only shown and never decides about safety. */
@Component(service = InstantSource.class)
public final class WallClock implements InstantSource {
    @Override
    public Instant instant() {
        return Instant.now();
    }
}
