package io.holdfast.runtime;

import io.holdfast.api.runtime.Cell;
import io.holdfast.api.runtime.Containment;
import io.holdfast.api.runtime.Loop;
import io.holdfast.api.runtime.NodeSettings;
import io.holdfast.guard.cells.Cells;
import io.holdfast.guard.cells.ReleaseFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The cells of a node on a real machine: the same files and cgroups that the guard works on. */
public final class SystemContainment implements Containment, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(SystemContainment.class);
    final Cells cells;
    final ReleaseFiles releases;
    final ServiceLogs logs;
    final DeathWatch deaths;
    final Path base;

    /** Those of the node with these settings; deaths are told on {@code loop}. */
    public SystemContainment(NodeSettings settings, Loop loop) throws IOException {
        this(
                settings.base(),
                settings.node(),
                Optional.ofNullable(settings.all().get("cgroup")),
                loop);
    }

    /**
     * For a base folder.
     *
     * @param cgroup the setting {@code cgroup}: a folder in a mounted cgroup v2, {@code "none"}, or empty to look for one
     */
    public SystemContainment(Path base, String node, Optional<String> cgroup, Loop loop) throws IOException {
        this.base = base;
        cells = Cells.of(base, node, cgroup);
        releases = new ReleaseFiles(base);
        logs = new ServiceLogs(base.resolve("log").resolve("resources"));
        deaths = new DeathWatch(cells, loop, logs::trim);
        if (!cells.contained()) {
            log.warn("Weak containment: cells are {}", cells.describe());
        }
    }

    /**
     * Makes the cells and opens the gate, where no guard does: for the tests of resource types.
     *
     * @throws IOException if that is not allowed here
     */
    public void openWithoutGuard() throws IOException {
        cells.make();
        cells.gate(true);
    }

    /** Removes what {@link #openWithoutGuard} made; cells that are not empty stay. */
    public void removeWithoutGuard() throws IOException {
        cells.gate(false);
        if (cells.sweep()) {
            cells.destroy();
        }
    }

    @Override
    public boolean contained() {
        return cells.contained();
    }

    @Override
    public Cell cell(String instance) {
        if (instance.isEmpty()) {
            throw new IllegalArgumentException("an instance has a name");
        }
        return new SystemCell(this, instance);
    }

    @Override
    public Set<String> cells() {
        try {
            Set<String> names = new TreeSet<>(cells.instances());
            names.addAll(releases.instances());
            return names;
        } catch (IOException e) {
            throw new UncheckedIOException("the cells of " + base + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** Watches no more; what runs in cells runs on. */
    @Override
    public void close() {
        deaths.close();
    }
}
