package io.holdfast.api.runtime;

import io.holdfast.api.resource.Command;
import io.holdfast.api.resource.CommandResult;
import io.holdfast.api.resource.ResourceException;
import io.holdfast.api.transport.Registration;
import java.time.Duration;
import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Where the processes of one instance live. It has two parts: the service, which is what a start leaves behind, and the operations,
 * which are killed whole when their command ends.
 *
 * <p>Methods block and are for workers, except {@link #watch}. One operation of an instance at a time.
 */
@ProviderType
public interface Cell {

    /** {@return the name of the instance} */
    String instance();

    /**
     * Runs a command of an operation and waits for its end. Whatever it leaves in the background is killed.
     *
     * @param limit the longest it may take, more than zero
     * @return how it ended, with up to 256 KiB of each output
     * @throws ResourceException if it cannot be started (also because the gate is closed), or took longer than {@code limit}; its
     *     processes are killed then
     * @throws InterruptedException if the worker was interrupted; its processes are killed then
     */
    CommandResult run(Command command, Duration limit) throws ResourceException, InterruptedException;

    /**
     * The same for a start: what the command leaves in the background is the service and runs on. If it takes longer than {@code
     * limit} or the worker is interrupted, everything in the cell is killed.
     */
    CommandResult runStart(Command command, Duration limit) throws ResourceException, InterruptedException;

    /**
     * Starts a command as (a part of) the service and leaves it running. Its output goes to {@code log/resources/INSTANCE.log}.
     *
     * @return its process id
     * @throws ResourceException if it cannot be started, also because the gate is closed
     */
    long spawn(Command command) throws ResourceException;

    /** {@return the ids of the service's processes, sorted; empty if there is no cell} */
    List<Long> processes();

    /** {@return whether any process, of the service or of an operation, is alive} */
    boolean populated();

    /**
     * Registers the commands that take back what killing leaves, before their effect; replaces what was registered before. They
     * outlive the daemon: the guard runs them too.
     *
     * @throws ResourceException if they cannot be written; then the effect must not be caused
     */
    void release(List<Command> commands) throws ResourceException;

    /**
     * Kills every process, then runs the release commands until each ended with status 0, and removes the cell.
     *
     * @param limit the longest to try
     * @return true: it is proved that no process is alive, and every release command succeeded. False: not proved, ask again
     */
    boolean kill(Duration limit) throws InterruptedException;

    /**
     * Calls {@code died} on the loop soon after a head process of the service (one whose parent is outside it) died or the cell
     * became empty, each time that it happens, until the registration is closed. A call may come without a death; look before acting.
     * Any thread; does not block.
     */
    Registration watch(Runnable died);
}
