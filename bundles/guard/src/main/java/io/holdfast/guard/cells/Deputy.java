package io.holdfast.guard.cells;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Does, in the daemon, what the guard does at the deadline, where a guard is dead and cannot be started again: kills everything, and
 * then runs the release commands. It opens and shuts no gate, proves nothing and takes no registration away, so the next guard does it
 * all once more.
 */
public final class Deputy {
    private final Cells cells;
    private final ReleaseFiles files;
    private final Consumer<String> log;
    private final Map<String, ReleaseRun> runs = new TreeMap<>();
    private SlowRuns slow = new SlowRuns();

    /** For the node with that base folder; {@code setting} as in {@link Cells#of}. */
    public Deputy(Path base, String node, Optional<String> setting, Consumer<String> log) throws IOException {
        this.cells = Cells.of(base, node, setting);
        this.files = new ReleaseFiles(base);
        this.log = log;
    }

    /** One round; {@return whether nothing is left} Blocks. Until a guard lives, something may be started again, so it is called again. */
    public boolean pass() throws InterruptedException {
        try {
            if (!cells.instances().isEmpty()) {
                runs.clear(); // what lives may have done something that is to be taken back once more
                slow.close();
                slow = new SlowRuns();
            }
            return cells.sweep() && release();
        } catch (IOException e) {
            log.accept("Stopping everything in the guard's place failed and is tried again: " + e);
            return false;
        }
    }

    private boolean release() throws IOException, InterruptedException {
        boolean all = true;
        for (String instance : files.instances()) {
            ReleaseRun run = runs.get(instance);
            if (run == null) {
                run = new ReleaseRun(instance, files.read(instance), log);
                runs.put(instance, run);
            }
            all &= run.done() || (run.slow() ? slow.pass(instance, run) : run.pass());
        }
        return all;
    }
}
