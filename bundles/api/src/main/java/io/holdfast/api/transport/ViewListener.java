package io.holdfast.api.transport;

import org.osgi.annotation.versioning.ConsumerType;

/** Hears of views. */
@ConsumerType
@FunctionalInterface
public interface ViewListener {

    /** A new view, or a new phase of it. */
    void viewed(View view);
}
