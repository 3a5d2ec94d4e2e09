package io.holdfast.api.resource;

import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A family of resource types that are found by name, such as {@code ocf:PROVIDER:AGENT}. Register it as a service with the service
 * property {@code io.holdfast.type.prefix}, for example {@code ocf:}.
 */
@ConsumerType
public interface ResourceTypes {

    /** {@return the prefix of the names of all its types, with the colon} */
    String prefix();

    /**
     * {@return the type of that full name, if this node has it} May block for the time that reading its description takes; called
     * on a worker.
     */
    Optional<ResourceType> find(String name) throws InterruptedException;

    /** {@return the full names of all types on this node, sorted; found by a look at files alone} */
    List<String> names();
}
