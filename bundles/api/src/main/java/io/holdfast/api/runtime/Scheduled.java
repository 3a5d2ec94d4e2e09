package io.holdfast.api.runtime;

import org.osgi.annotation.versioning.ProviderType;

/** A task that waits for its time on a {@link Loop}. */
@ProviderType
public interface Scheduled {

    /** Takes the task back; without effect once it began. Any thread; when called on the loop, the task does not run after it. */
    void cancel();
}
