package io.holdfast.api.transport;

import java.io.IOException;
import java.io.InputStream;
import org.osgi.annotation.versioning.ConsumerType;

/** Opens the objects that a node offers to others. */
@ConsumerType
@FunctionalInterface
public interface ObjectSource {

    /**
     * Opens the object {@code name}; called on a worker thread, closed by the transport.
     *
     * @throws IOException if there is none of that name or it cannot be read; told to who asked
     */
    InputStream open(String name) throws IOException;
}
