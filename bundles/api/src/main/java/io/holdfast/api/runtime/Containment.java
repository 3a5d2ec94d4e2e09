package io.holdfast.api.runtime;

import java.util.Set;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Keeps the processes of each instance together, so that they can be counted, killed and proved dead: a cgroup v2 of its own for each,
 * or process groups where there is none.
 *
 * <p>What runs in a cell goes on when the daemon ends; a new daemon finds it again by name. While the guard's gate is closed nothing
 * can be started in any cell.
 */
@ProviderType
public interface Containment {

    /** {@return whether cells are cgroups v2, so that their emptiness is a proof; otherwise a process may escape unseen} */
    boolean contained();

    /** {@return the cell of {@code instance}; making it is left to the first command in it} Any thread; does not block. */
    Cell cell(String instance);

    /**
     * {@return the names of the instances that have a cell or registered release commands, running or not, also from an earlier
     * daemon} Reads files; call it on a worker.
     */
    Set<String> cells();
}
