package io.holdfast.shell;

import io.holdfast.api.cluster.ClusterException;
import io.holdfast.api.cluster.ClusterException.Kind;
import io.holdfast.api.cluster.ClusterStatus;
import io.holdfast.api.cluster.NodeStatus;
import io.holdfast.api.transport.RemoteException;
import io.holdfast.shell.Swaps.Progress;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * A swap on one node after the other, the leader last. It goes on only while every node that was there is well. The shell of the node
 * that is asked comes last of all, since it carries this out.
 */
final class Rolling {
    /** A swap, and a swap back: two times its waiting, and what a busy machine adds. */
    private static final Duration ONE = Duration.ofMinutes(3);

    private static final Duration ANSWER = Duration.ofSeconds(2);
    private static final Duration FETCH = Duration.ofSeconds(30);

    /** After a swap all must be well again within this. */
    private static final Duration WELL = Duration.ofSeconds(30);

    private final Call call;
    private final String layer;
    private final byte[] content;
    private final List<String> done = new ArrayList<>();

    private Rolling(Call call, String layer, byte[] content) {
        this.call = call;
        this.layer = layer;
        this.content = content;
    }

    static int run(Call call, String layer, byte[] content) {
        Rolling rolling = new Rolling(call, layer, content);
        rolling.roll("");
        call.say(layer + " is swapped on " + String.join(", ", rolling.done) + "; nothing was stopped.");
        return Exit.DONE;
    }

    /** All but this node, which is left to the caller. {@return where it is swapped} */
    static List<String> others(Call call, String layer, byte[] content) {
        Rolling rolling = new Rolling(call, layer, content);
        rolling.roll(call.services().node());
        return List.copyOf(rolling.done);
    }

    private void roll(String without) {
        String digest;
        try {
            digest = call.deployments().keep(new ByteArrayInputStream(content));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        ClusterStatus begun = fresh();
        TreeSet<String> left = new TreeSet<>();
        for (NodeStatus node : begun.nodes()) {
            if (Swap.HERE.contains(node.state())) {
                left.add(node.name());
            }
        }
        List<String> all = List.copyOf(left);
        refuseIfUnwell(all, "nothing was swapped");
        while (!left.isEmpty()) {
            String leader = fresh().leader();
            String node = left.stream()
                    .min(Comparator.comparing((String name) -> name.equals(without))
                            .thenComparing(name -> name.equals(leader))
                            .thenComparing(Comparator.naturalOrder()))
                    .orElseThrow();
            if (node.equals(without)) {
                return;
            }
            left.remove(node);
            one(node, digest, left);
            done.add(node);
            refuseIfUnwell(all, "stopped after " + node + notYet(left));
        }
    }

    private void one(String node, String digest, SortedSet<String> left) {
        try {
            String text =
                    node.equals(call.services().node()) ? Swap.exchange(call, layer, content) : elsewhere(node, digest);
            if (!call.words.has("--json")) {
                call.io.out().println(node + ": " + text);
                call.io.out().flush();
            }
        } catch (ClusterException e) {
            throw new ClusterException(
                    e.kind(),
                    node + ": " + e.getMessage() + ". Stopped there; swapped before: "
                            + (done.isEmpty() ? "none" : String.join(", ", done)) + notYet(left));
        }
    }

    private static String notYet(SortedSet<String> left) {
        return left.isEmpty() ? "" : "; not tried: " + String.join(", ", left);
    }

    private String elsewhere(String node, String digest) {
        long number = begin(node, digest);
        for (long waited = 0; waited < ONE.toMillis(); waited += 200) {
            Optional<Progress> progress = ask(node, number);
            if (progress.isPresent() && progress.get().state() == Swaps.State.DONE) {
                return progress.get().text();
            }
            if (progress.isPresent() && progress.get().state() == Swaps.State.FAILED) {
                throw new ClusterException(Kind.REFUSED, progress.get().text());
            }
            if (!call.rest()) {
                break;
            }
        }
        throw new ClusterException(
                Kind.UNKNOWN_OUTCOME,
                "it does not say how the swap went; 'ha status' there, and log/holdfast.log, tell more");
    }

    private long begin(String node, String digest) {
        try {
            return call.await(swaps().begin(node, layer, digest, call.io.who()), FETCH, true);
        } catch (RemoteException e) {
            String message = String.valueOf(e.getMessage());
            String prefix = node + ": "; // which the caller says as well
            throw new ClusterException(
                    Kind.REFUSED, message.startsWith(prefix) ? message.substring(prefix.length()) : message);
        }
    }

    private Optional<Progress> ask(String node, long number) {
        try {
            return Optional.of(call.await(swaps().progress(node, number), ANSWER, false));
        } catch (RuntimeException e) {
            return Optional.empty(); // its transport is away for a moment
        }
    }

    private Swaps swaps() {
        return call.services()
                .swaps()
                .orElseThrow(() -> new NotReadyException("Other nodes cannot be asked from here now."));
    }

    private ClusterStatus fresh() {
        return call.await(call.cluster().freshStatus(Swap.STEP), Swap.STEP, false);
    }

    private void refuseIfUnwell(List<String> all, String so) {
        String wrong = "";
        for (long waited = 0; waited < WELL.toMillis(); waited += 200) {
            wrong = unwell(all);
            if (wrong.isEmpty()) {
                return;
            }
            if (!call.rest()) {
                break;
            }
        }
        throw new ClusterException(Kind.REFUSED, wrong + "; " + so);
    }

    private String unwell(List<String> all) {
        ClusterStatus now;
        try {
            now = fresh();
        } catch (ClusterException e) {
            return String.valueOf(e.getMessage());
        }
        return now.nodes().stream()
                .filter(node -> all.contains(node.name()) && !Swap.HERE.contains(node.state()))
                .findFirst()
                .map(node -> node.name() + " is " + node.state())
                .orElse("");
    }
}
