package io.holdfast.guard.cells;

import io.holdfast.guard.memory.Volatile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** All cells of a node, and the gate before them. Used by the guard for all of them at once, and by the daemon for one. */
public sealed interface Cells permits CgroupCells, WeakCells {

    /** The parts of a cell. */
    enum Part {
        /** What a start leaves behind. */
        RUN,
        /** Operations. */
        OP;

        String folder() {
            return this == RUN ? "run" : "op";
        }
    }

    /** The exit status of a launcher that was refused by the gate, together with {@link #REFUSAL} on its standard error. */
    int REFUSED = 125;

    /** What a refused launcher writes. */
    String REFUSAL = "holdfast: the cell is closed";

    /** Why a start is refused, for people. */
    String CLOSED = "the guard's gate is closed: this node's lease has ended, and nothing may be started";

    /**
     * The cells of a node, in cgroups v2 if this process can use them.
     *
     * @param setting the setting {@code cgroup}: a folder in a mounted cgroup v2, or {@code "none"} for weak containment, empty to look
     */
    static Cells of(Path base, String node, Optional<String> setting) {
        String name = Names.encode(node) + "-" + Volatile.hash(base);
        if (setting.isPresent() && setting.get().equals("none")) {
            return new WeakCells(base, name);
        }
        Optional<Path> parent = setting.isPresent() ? setting.map(Path::of) : CgroupCells.parent();
        return parent.filter(CgroupCells::usable)
                .<Cells>map(folder -> new CgroupCells(folder.resolve(name)))
                .orElseGet(() -> new WeakCells(base, name));
    }

    /** {@return whether emptiness is a proof} */
    boolean contained();

    /** {@return what these cells are, for people} */
    String describe();

    /** {@return the names of the instances that have a cell, sorted} */
    Set<String> instances() throws IOException;

    /** Makes that part of a cell, so that a launcher can enter it. */
    void prepare(String instance, Part part) throws IOException;

    /** {@return what to put before a command line so that it runs in that part} */
    List<String> launcher(String instance, Part part);

    /** {@return what to add to the environment of a command in that part} */
    Map<String, String> environment(String instance, Part part);

    /** {@return the living processes of that part, sorted} */
    List<Long> processes(String instance, Part part) throws IOException;

    /** {@return whether anything lives in that cell} */
    boolean populated(String instance) throws IOException;

    /** Kills what lives in that part, once. */
    void kill(String instance, Part part) throws IOException;

    /** Kills what lives in that cell, once. */
    void kill(String instance) throws IOException;

    /** Removes the cell if nothing lives in it; {@return whether it is gone} */
    boolean remove(String instance) throws IOException;

    /** Removes an empty part, and the cell if that was all of it. */
    void tidy(String instance, Part part) throws IOException;

    /** {@return the file whose change tells that a cell became empty; empty if there is none} */
    Optional<Path> events(String instance, Part part);

    // ---- the guard's

    /** Makes what all cells are in; the gate is as it was, or open where there was none. */
    void make() throws IOException;

    /** Lets launchers enter cells, or refuses it. */
    void gate(boolean open) throws IOException;

    /** {@return whether launchers may enter} */
    boolean gateOpen() throws IOException;

    /**
     * Kills everything once, and removes the cells in which nothing lives.
     *
     * @return whether nothing lives and no cell is left
     */
    boolean sweep() throws IOException;

    /** Removes everything; only after a sweep that found nothing. */
    void destroy() throws IOException;
}
