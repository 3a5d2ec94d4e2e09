package io.holdfast.api.resource;

import java.util.List;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A kind of resource that Holdfast can keep running: implement it, register it as an OSGi service, and instances of the type can
 * be configured under its name.
 *
 * <p>{@link #start}, {@link #stop} and {@link #monitor} run on a worker thread, one operation of one instance at a time, and may
 * block until {@link ResourceContext#remaining()} is over; then the thread is interrupted and the processes that the operation
 * started are killed. Each must be idempotent: starting what runs and stopping what does not is success.
 */
@ConsumerType
public interface ResourceType {

    /** {@return name, parameters and default time limits; constant} */
    TypeDescription describe();

    /**
     * Looks for what cannot work before anything is started: a path that is missing, a port that is taken.
     *
     * @return the problems, empty if none; each says what, why and what to do
     */
    List<Problem> validate(ResourceContext context) throws InterruptedException;

    /**
     * Starts the instance and returns when it serves.
     *
     * @throws ResourceException if it does not serve; the daemon stops it, and decides whether to try again here or elsewhere
     */
    void start(ResourceContext context) throws ResourceException, InterruptedException;

    /**
     * Stops the instance and returns when it is proved to do no more.
     *
     * @throws ResourceException if that is not certain; then its processes are killed and its release commands are run
     */
    void stop(ResourceContext context) throws ResourceException, InterruptedException;

    /** {@return whether the instance serves now, from a look at the service itself, not at its processes alone} */
    Health monitor(ResourceContext context) throws InterruptedException;
}
