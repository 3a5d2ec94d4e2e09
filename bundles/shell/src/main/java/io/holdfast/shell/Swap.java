package io.holdfast.shell;

import io.holdfast.api.cluster.Cluster;
import io.holdfast.api.cluster.ClusterException;
import io.holdfast.api.cluster.ClusterException.Kind;
import io.holdfast.api.cluster.NodeStatus;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Replaces a layer of this node while the cluster runs: takes a hold on the lease, so that nothing is stopped meanwhile, replaces the
 * bundle, waits until the node is back with its log caught up, and gives the hold back.
 */
final class Swap {
    private static final Duration HOLD = Duration.ofSeconds(60);
    private static final Duration STEP = Duration.ofSeconds(10);

    /** Below the hold: when this is over, what runs is still held. */
    private static final Duration BACK = Duration.ofSeconds(45);

    private static final Duration LOOK = Duration.ofMillis(200);

    /** Everything hangs on these, or this command itself runs in them: a restart of the node under a hold replaces them. */
    private static final Set<String> FIXED = Set.of("api", "runtime", "shell", "jgroups", "ratis", "guard");

    private Swap() {}

    static int run(Call call) {
        String layer = call.word(0);
        Layers layers = call.services()
                .layers()
                .orElseThrow(() -> new NotReadyException("The bundles of this node cannot be reached from here."));
        String before = layers.version(layer)
                .orElseThrow(
                        () -> new UsageException("there is no layer " + layer + "; 'bundle:list' shows what there is"));
        if (FIXED.contains(layer)) {
            throw new UsageException(layer + " cannot be swapped: the others hang on it; restart the node instead");
        }
        Cluster known = call.cluster();
        known.status(); // a node that knows nothing of the cluster is not held either
        call.await(call.control().hold(HOLD, STEP), STEP, true);
        try {
            layers.replace(layer, call.count() > 1 ? Optional.of(call.word(1)) : Optional.empty());
        } catch (IOException e) {
            awaitBack(call, layers, layer);
            release(call);
            throw new UncheckedIOException(e);
        }
        if (!awaitBack(call, layers, layer)) {
            throw new ClusterException(
                    Kind.REFUSED,
                    layer + " was replaced, and " + BACK.toSeconds() + " s later this node is not back in the cluster"
                            + problems(call) + ". What runs here is kept until the hold ends, in about "
                            + HOLD.minus(BACK).toSeconds() + " s; 'ha swap " + layer
                            + " mvn:...' with the earlier version (" + before
                            + ") goes back, and log/holdfast.log tells more");
        }
        release(call);
        call.say(layer + " is at version " + layers.version(layer).orElse("?") + " now, before it was " + before
                + "; this node is back in the cluster, and nothing was stopped.");
        return Exit.DONE;
    }

    private static boolean awaitBack(Call call, Layers layers, String layer) {
        for (long waited = 0; waited < BACK.toMillis(); waited += LOOK.toMillis()) {
            if (layers.active(layer) && back(call)) {
                return true;
            }
            if (call.io.cancelled().getAsBoolean()) {
                return false;
            }
            pause();
        }
        return false;
    }

    /** {@return whether this node takes commands, the leader answers it, and it is a member with a lease} */
    private static boolean back(Call call) {
        Optional<Cluster> cluster = call.services().cluster();
        if (cluster.isEmpty() || call.services().control().isEmpty()) {
            return false;
        }
        try {
            List<NodeStatus> nodes =
                    call.await(cluster.get().freshStatus(LOOK), LOOK, false).nodes();
            return nodes.stream()
                    .anyMatch(node -> node.name().equals(call.services().node())
                            && Set.of("online", "standby", "held").contains(node.state()));
        } catch (RuntimeException e) {
            return false; // not yet
        }
    }

    private static String problems(Call call) {
        return call.services()
                .cluster()
                .map(cluster -> cluster.status().problems())
                .filter(problems -> !problems.isEmpty())
                .map(problems -> " (" + problems.get(0) + ")")
                .orElse("");
    }

    /** The hold ends by itself; giving it back early only makes a takeover quicker if the node is lost soon. */
    private static void release(Call call) {
        try {
            call.await(call.control().release(STEP), STEP, true);
        } catch (RuntimeException e) {
            call.io.err().println("The hold is not given back and ends by itself: " + e.getMessage());
        }
    }

    private static void pause() {
        try {
            new CompletableFuture<Void>().get(LOOK.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            return; // as meant
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ClusterException(Kind.UNKNOWN_OUTCOME, "Interrupted before this node was back.");
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }
}
