package io.holdfast.api.fencing;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A kind of fence device: something outside a node that can cut its power or its disks. Executables that speak the standard
 * fence-agent interface need no implementation of this; they are named by path or by name in the cluster document.
 *
 * <p>Methods run on a worker thread, which is interrupted when {@code limit} is over. They must not return success unless the device
 * confirmed it.
 */
@ConsumerType
public interface FenceDevice {

    /** {@return the name under {@code agent:} in the cluster document} */
    String name();

    /** {@return what is wrong with these parameters, empty if nothing; each with its fix} */
    List<String> check(Map<String, String> parameters);

    /**
     * Carries out {@code action} on {@code node} and returns once the device confirmed it. What the device calls the node is in the
     * parameter {@code plug}, where the cluster document says it.
     *
     * @param node the node; empty for {@link FenceAction#MONITOR}, which is about the device
     * @throws FenceException if it is not confirmed
     */
    void perform(FenceAction action, String node, Map<String, String> parameters, Duration limit)
            throws FenceException, InterruptedException;

    /**
     * {@return the longest that one request with these parameters may take, where the cluster document does not say it; 20 s unless
     * the device knows better}
     */
    default Duration usualLimit(Map<String, String> parameters) throws InterruptedException {
        return Duration.ofSeconds(20);
    }

    /** {@return the state of the power, or whatever the device cuts, of {@code node}} */
    PowerState status(String node, Map<String, String> parameters, Duration limit)
            throws FenceException, InterruptedException;
}
