package io.holdfast.shell;

import io.holdfast.api.cluster.Cluster;
import io.holdfast.api.cluster.ClusterException;
import io.holdfast.api.cluster.ClusterStatus;
import io.holdfast.api.cluster.Event;
import io.holdfast.api.cluster.JoinState;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The commands that only look. They need no quorum: they show what this node knows. */
final class Looking {
    private static final Logger log = LoggerFactory.getLogger(Looking.class);

    /** Events that may wait for a slow reader; beyond, it is told to look again. */
    private static final int WAITING = 10_000;

    private Looking() {}

    static int status(Call call) {
        ClusterStatus status;
        if (call.words.has("--wait")) {
            Cluster cluster = call.cluster();
            status = call.await(cluster.freshStatus(call.limit()), call.limit(), false);
        } else {
            Optional<Cluster> cluster = call.services().cluster();
            if (cluster.isEmpty()) {
                return starting(call); // who looks wants to know it now
            }
            status = cluster.get().status();
        }
        if (call.words.has("--json")) {
            call.io.out().println(Json.write(StatusView.json(status)));
        } else {
            call.io.out().print(StatusView.text(status, call.io.colour(), call.io.width()));
        }
        return Exit.DONE;
    }

    private static int starting(Call call) {
        String problem = "The daemon of " + call.services().node()
                + " is starting, or a layer is being replaced: nothing is known of the cluster yet.";
        if (call.words.has("--json")) {
            ClusterStatus empty = new ClusterStatus("", 0, "", false, List.of(), List.of(), List.of(problem));
            call.io.out().println(Json.write(StatusView.json(empty)));
        } else {
            call.io.err().println("starting");
            call.io.err().println(problem + " If it stays so, look into log/holdfast.log.");
        }
        return Exit.NO_DAEMON;
    }

    /** What keeps a node out may pass, such as a voter that is being mended, so the time is used up before it is told. */
    static int joined(Call call) {
        JoinState state = call.cluster().joinState();
        for (Duration left = call.limit();
                !state.joined() && !left.isNegative() && !call.gone();
                left = left.minus(Call.PAUSE)) {
            if (!call.pause()) {
                break;
            }
            state = call.services().cluster().map(Cluster::joinState).orElse(state);
        }
        if (state.joined()) {
            call.say(state.node() + " has joined.");
            return Exit.DONE;
        }
        call.io.err().println(state.node() + (state.keptOut() ? " is kept out: " : " has not joined: ") + state.why());
        return state.keptOut() ? Exit.REFUSED : Exit.NO_ANSWER;
    }

    static int export(Call call) {
        String document = call.cluster().export();
        if (call.words.has("--json")) {
            call.io.out().println(Json.write(Map.of("document", document)));
        } else {
            call.io.out().print(document.endsWith("\n") ? document : document + "\n");
        }
        return Exit.DONE;
    }

    static int attributes(Call call) {
        Map<String, Map<String, String>> all = new TreeMap<>();
        call.cluster().attributes().forEach((node, attributes) -> all.put(node, new TreeMap<>(attributes)));
        if (call.count() > 0) {
            if (!all.containsKey(call.word(0))) {
                throw new ClusterException(
                        ClusterException.Kind.REFUSED,
                        "No node " + call.word(0) + " has told anything of itself; known are "
                                + (all.isEmpty() ? "none" : String.join(", ", all.keySet())) + ".");
            }
            all.keySet().retainAll(List.of(call.word(0)));
        }
        if (call.words.has("--json")) {
            call.io.out().println(Json.write(all));
            return Exit.DONE;
        }
        Table table = new Table(call.io.colour(), call.io.width(), "NODE", "ATTRIBUTE", "VALUE");
        all.forEach((node, attributes) -> attributes.forEach(
                (key, value) -> table.row(Table.Cell.of(node), Table.Cell.of(key), Table.Cell.of(value))));
        call.io.out().print(table.text());
        return Exit.DONE;
    }

    static int events(Call call) {
        long since = call.words.value("--since").map(Looking::revision).orElse(0L);
        if (!call.words.has("--follow")) {
            call.cluster().events(since).forEach(event -> print(call, event));
            return Exit.DONE;
        }
        return follow(call, since);
    }

    private static long revision(String text) {
        try {
            long revision = Long.parseLong(text);
            if (revision >= 0) {
                return revision;
            }
        } catch (NumberFormatException e) {
            log.trace("No number", e);
        }
        throw new UsageException("--since is " + text + ", expected a revision: a number of 0 or more");
    }

    private static void print(Call call, Event event) {
        call.io
                .out()
                .println(
                        call.words.has("--json")
                                ? Json.write(EventsView.json(event))
                                : EventsView.line(event, call.io.colour()));
    }

    /** Goes on until the caller is gone, also over a replacement of the layer that tells the events. */
    private static int follow(Call call, long since) {
        long revision = since;
        int order = Integer.MAX_VALUE; // all of "since" itself is known
        boolean told = false;
        call.cluster(); // if it does not come, that is said
        while (!gone(call)) {
            Optional<Cluster> present = call.services().cluster();
            if (present.isEmpty()) {
                if (!told) {
                    told = true;
                    call.io.err().println("(the layer that tells events is being replaced; going on when it is back)");
                    call.io.err().flush();
                }
                call.pause();
                continue;
            }
            told = false;
            BlockingQueue<Event> queue = new LinkedBlockingQueue<>(WAITING);
            AutoCloseable following = present.get().follow(queue::offer);
            try {
                for (Event event : present.get().events(Math.max(0, revision - 1))) {
                    if (after(event, revision, order)) {
                        print(call, event);
                        revision = event.revision();
                        order = event.order();
                    }
                }
                call.io.out().flush();
                while (!gone(call) && call.services().cluster().equals(present) && queue.remainingCapacity() > 0) {
                    Event event = queue.poll(250, TimeUnit.MILLISECONDS);
                    if (event != null && after(event, revision, order)) {
                        print(call, event);
                        call.io.out().flush();
                        revision = event.revision();
                        order = event.order();
                    }
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                close(following);
            }
        }
        return Exit.DONE;
    }

    private static boolean gone(Call call) {
        return call.gone() || call.io.out().checkError();
    }

    private static boolean after(Event event, long revision, int order) {
        return event.revision() > revision || (event.revision() == revision && event.order() > order);
    }

    private static void close(AutoCloseable following) {
        try {
            following.close();
        } catch (Exception e) { // declared by AutoCloseable
            log.debug("Ending to follow events failed", e);
        }
    }
}
