package io.holdfast.api.transport;

import org.osgi.annotation.versioning.ProviderType;

/** Something that was registered, to be taken back. */
@ProviderType
@FunctionalInterface
public interface Registration extends AutoCloseable {

    /** Takes it back; without effect the second time. A call under way may still end after it. */
    @Override
    void close();
}
