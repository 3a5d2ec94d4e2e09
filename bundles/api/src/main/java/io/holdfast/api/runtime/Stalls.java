package io.holdfast.api.runtime;

import io.holdfast.api.transport.Registration;
import java.time.Duration;
import java.util.function.Consumer;
import org.osgi.annotation.versioning.ProviderType;

/** When this node's {@link Loop} did not run in time: whatever the cause, the node was deaf and dumb for so long. Any thread. */
@ProviderType
public interface Stalls {

    /**
     * One stall.
     *
     * @param length how long the loop did not run, at least
     * @param cause what explains most of it, as the end of a sentence that begins with "because"
     */
    record Stall(Duration length, String cause) {}

    /** Calls {@code listener} on the loop after each stall of at least {@code least}; below 100 ms none is told. */
    Registration onStall(Duration least, Consumer<Stall> listener);

    /** {@return how many stalls of 100 ms and more there were since the start} */
    long count();

    /** {@return the longest since the start; zero if there was none} */
    Duration longest();
}
