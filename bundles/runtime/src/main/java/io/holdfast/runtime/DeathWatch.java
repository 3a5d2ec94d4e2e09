package io.holdfast.runtime;

import io.holdfast.api.runtime.Loop;
import io.holdfast.api.transport.Registration;
import io.holdfast.guard.cells.Cells;
import io.holdfast.guard.cells.Cells.Part;
import io.holdfast.guard.memory.ProcessId;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One thread that waits for all services at once: for the end of their head processes (pidfd) and for their cells to become empty
 * ({@code cgroup.events}). Without JNA it looks each 50 ms.
 */
final class DeathWatch implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(DeathWatch.class);
    private static final int ROUND_MS = 1_000;
    private static final int ROUND_WITHOUT_KERNEL_MS = 50;
    /** New head processes of a service that nobody told of are looked for in each so many rounds. */
    private static final int ROUNDS_PER_LOOK = 5;

    private final Cells cells;
    private final Loop loop;
    private final Runnable housekeeping;
    private final Optional<Kernel> kernel = Kernel.instance();
    private final int wake;
    private final List<Watched> watches = new CopyOnWriteArrayList<>();
    private final ConcurrentLinkedQueue<Watched> closed = new ConcurrentLinkedQueue<>();
    private final Thread thread;
    private final Object pause = new Object();
    private volatile boolean look = true;
    private volatile boolean ended;

    DeathWatch(Cells cells, Loop loop, Runnable housekeeping) {
        this.cells = cells;
        this.loop = loop;
        this.housekeeping = housekeeping;
        this.wake = kernel.map(Kernel::eventfd).orElse(-1);
        this.thread = new Thread(this::run, "holdfast-deaths");
        thread.setDaemon(true);
        thread.start();
    }

    Registration watch(String instance, Runnable died) {
        Watched watched = new Watched(instance, died);
        watches.add(watched);
        lookAgain();
        return () -> {
            if (watches.remove(watched)) {
                watched.over = true;
                closed.add(watched);
                lookAgain();
            }
        };
    }

    /** Something was started or killed: look at once who is there. */
    void lookAgain() {
        look = true;
        wakeUp();
    }

    private void wakeUp() {
        if (kernel.isPresent()) {
            kernel.get().signal(wake);
        } else {
            synchronized (pause) {
                pause.notifyAll();
            }
        }
    }

    private void run() {
        int rounds = 0;
        while (!ended) {
            try {
                closeGone();
                if (look || rounds++ % ROUNDS_PER_LOOK == 0 || kernel.isEmpty()) {
                    look = false;
                    watches.forEach(Watched::look);
                }
                if (kernel.isPresent()) {
                    poll(kernel.get());
                } else {
                    await();
                }
                housekeeping.run();
            } catch (IOException | RuntimeException e) {
                log.error("Watching services failed; going on", e);
            } catch (InterruptedException e) {
                log.debug("Woken");
            }
        }
        closeGone(); // who watched ends first, often in the same moment
        watches.forEach(Watched::closeFiles);
        kernel.ifPresent(calls -> calls.close(wake));
    }

    private void closeGone() {
        for (Watched gone = closed.poll(); gone != null; gone = closed.poll()) {
            gone.closeFiles();
        }
    }

    @SuppressWarnings("WaitNotInLoop") // the loop is the caller's
    private void await() throws InterruptedException {
        synchronized (pause) {
            pause.wait(ROUND_WITHOUT_KERNEL_MS);
        }
    }

    private void poll(Kernel calls) throws IOException {
        List<Integer> files = new ArrayList<>(List.of(wake));
        List<Boolean> urgent = new ArrayList<>(List.of(false));
        List<Watched> owners = new ArrayList<>(watches);
        Map<Integer, Watched> owner = new HashMap<>();
        for (Watched watched : owners) {
            watched.heads.values().forEach(file -> {
                files.add(file);
                urgent.add(false);
                owner.put(file, watched);
            });
            if (watched.events >= 0) {
                files.add(watched.events);
                urgent.add(true);
                owner.put(watched.events, watched);
            }
        }
        boolean[] wanted = new boolean[files.size()];
        for (int i = 0; i < wanted.length; i++) {
            wanted[i] = urgent.get(i);
        }
        boolean[] ready = calls.poll(files.stream().mapToInt(Integer::intValue).toArray(), wanted, ROUND_MS);
        if (ready[0]) {
            calls.read(wake);
        }
        Set<Watched> touched = new HashSet<>();
        for (int i = 1; i < ready.length; i++) {
            Watched watched = owner.get(files.get(i));
            if (ready[i] && watched != null) {
                watched.ready(calls, files.get(i));
                touched.add(watched);
            }
        }
        touched.forEach(Watched::look);
    }

    @Override
    public void close() {
        ended = true;
        wakeUp();
        try {
            thread.join(2_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** One service; all but {@code over} belongs to the watching thread. */
    private final class Watched {
        private final String instance;
        private final Runnable died;
        private final Map<ProcessId, Integer> heads = new HashMap<>();
        private int events = -1;
        private boolean empty;
        private volatile boolean over;

        Watched(String instance, Runnable died) {
            this.instance = instance;
            this.died = died;
        }

        /** A file of it became ready: a head ended, or the cell's events changed or are gone. */
        void ready(Kernel calls, int file) {
            if (file == events) {
                calls.close(events);
                events = -1; // opened anew by the look that follows, if the cell is still there
                return;
            }
            for (Iterator<Map.Entry<ProcessId, Integer>> each = heads.entrySet().iterator(); each.hasNext(); ) {
                Map.Entry<ProcessId, Integer> head = each.next();
                if (head.getValue() == file) {
                    calls.close(file);
                    each.remove();
                    tell();
                }
            }
        }

        void look() {
            try {
                boolean dead = heads.keySet().removeIf(head -> {
                    boolean gone = !head.alive();
                    if (gone) {
                        close(heads.getOrDefault(head, -1));
                    }
                    return gone;
                });
                if (events < 0) {
                    events = openEvents(); // before the look: a change after it makes the file ready
                }
                List<Long> processes = cells.processes(instance, Part.RUN);
                for (long id : processes) {
                    dead |= addHead(id, processes);
                }
                boolean before = empty;
                empty = processes.isEmpty();
                if (dead || (empty && !before)) {
                    tell();
                }
            } catch (IOException e) {
                log.debug("The cell of {} cannot be read: {}", instance, e.getMessage());
                tell();
            }
        }

        private int openEvents() {
            Path file = cells.events(instance, Part.RUN).orElse(null);
            if (file == null || kernel.isEmpty()) {
                return -1;
            }
            int opened = kernel.get().open(file.toString());
            if (opened >= 0) {
                kernel.get().read(opened);
            }
            return opened;
        }

        /** Watches the process if its parent is outside; {@return whether it ended at that very moment} */
        private boolean addHead(long id, List<Long> processes) {
            ProcessId.Stat stat = ProcessId.stat(id).orElse(null);
            if (stat == null || stat.dead() || processes.contains(stat.parent())) {
                return false;
            }
            ProcessId process = new ProcessId(id, stat.start());
            if (heads.containsKey(process)) {
                return false;
            }
            int file = kernel.map(calls -> calls.pidfd(id)).orElse(-1);
            if (file >= 0 || kernel.isEmpty()) {
                heads.put(process, file);
                return false;
            }
            return !process.alive();
        }

        private void tell() {
            loop.execute(() -> {
                if (!over) {
                    died.run();
                }
            });
        }

        private void close(int file) {
            if (file >= 0) {
                kernel.ifPresent(calls -> calls.close(file));
            }
        }

        void closeFiles() {
            heads.values().forEach(this::close);
            heads.clear();
            close(events);
            events = -1;
        }
    }
}
