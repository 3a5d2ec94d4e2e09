package io.holdfast.api.resource;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.osgi.annotation.versioning.ProviderType;

/** What an operation on one instance is given. Valid until the operation returns. Any thread. */
@ProviderType
public interface ResourceContext {

    /** {@return the name of the instance: the resource's own, of a cloned one {@code name:0} and so on} */
    String name();

    /** {@return which instance of a clone it is; empty if the resource is not cloned, and in {@code validate}} */
    default Optional<CloneInstance> cloneInstance() {
        return Optional.empty();
    }

    /** {@return the name of this node} */
    String node();

    /** {@return the fencing token of the grant: grows with each grant of this instance; 0 in {@code validate} before any grant} */
    long token();

    /**
     * {@return the fencing token of the right by which this copy is promoted, or is to be: grows with each grant of the right} Empty where
     * it is not to be promoted, and of what never is; in a monitor, unless it was promoted when last seen.
     */
    default OptionalLong promotedToken() {
        return OptionalLong.empty();
    }

    /**
     * Says how much this copy wants to be promoted on this node: the copy with the highest score is, none with a score below 0. It counts
     * until another is said, and ends with the next start, and with the grant of the copy; empty takes it back. Returns at once; it is
     * written in the background.
     * See {@link Promotable}.
     *
     * @param score -1000000 (never) to 1000000 (must)
     */
    void promotionScore(OptionalInt score);

    /** {@return the parameters, defaults filled in, checked against the type's description} */
    Map<String, String> parameters();

    /** {@return the value of a parameter that is required or has a default} */
    default String parameter(String name) {
        String value = parameters().get(name);
        if (value == null) {
            throw new IllegalArgumentException(name() + ": parameter " + name
                    + " has no value; the type must declare it as required or with a default");
        }
        return value;
    }

    /** {@return the time left for this operation; zero when it is over} */
    Duration remaining();

    /**
     * Runs a command in the instance's own cgroup and waits for its end. What it leaves running in the background belongs to the
     * operation: after a start it is the service, after a promotion or demotion too, after any other it is killed.
     *
     * @return how it ended, with up to 256 KiB of each output
     * @throws ResourceException if it cannot be started, if the lease has ended meanwhile, or if it exceeds {@link #remaining()}
     */
    CommandResult run(Command command) throws ResourceException, InterruptedException;

    /**
     * Starts a command in the instance's own cgroup and leaves it running as (a part of) the service; its output goes to the
     * node's log. Its death is noticed at once and followed by a monitor. Only in {@code start}, and in {@code promote} and {@code demote} of a {@link Promotable}.
     *
     * @return its process id
     * @throws ResourceException if it cannot be started or the lease has ended meanwhile
     */
    long spawn(Command command) throws ResourceException;

    /** {@return the ids of the processes of the service that run now} */
    List<Long> processes();

    /**
     * Registers the commands that take back what killing the processes leaves (an address, a mount). Whatever happens, they are
     * run, again and again until each ends with status 0, after the processes are killed. Each must be quick (below 50 ms), bounded
     * and idempotent. Call it in {@code start} or {@code promote}, before the effect; it replaces what was registered before,
     * so a promotion registers what the start did too.
     */
    void onRelease(List<Command> commands) throws ResourceException;

    /** {@return what {@link #note} last kept under {@code key} on any node, if the cluster state holds it; empty otherwise} */
    java.util.Optional<String> note(String key);

    /**
     * Keeps a small text (up to 16 KiB an instance in all) in the cluster state, so that the next node to run the instance can read
     * it. Returns at once; it is written in the background, and a newer value of the same key replaces one that waits.
     */
    void note(String key, String value);

    /** Writes a line for people to the node's log, marked with the instance. */
    void log(String line);
}
