package io.holdfast.shell;

import io.holdfast.api.cluster.Cluster;
import io.holdfast.api.cluster.ClusterControl;
import io.holdfast.api.cluster.ClusterException;
import io.holdfast.api.cluster.ClusterException.Kind;
import io.holdfast.api.cluster.NodeStatus;
import io.holdfast.api.runtime.Replacements;
import io.holdfast.shell.Layers.Plan;
import io.holdfast.shell.Swaps.Progress;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

/**
 * Replaces a layer of this node while the cluster runs: takes a hold on the lease, so that nothing is stopped meanwhile, replaces the
 * bundle, waits until the node is back with its log caught up, and gives the hold back. If it does not come back, the bundle of before
 * is put back while the hold still lasts.
 */
final class Swap {
    /** For the new bundle, and after it the one of before. */
    private static final Duration HOLD = Duration.ofSeconds(90);

    static final Duration STEP = Duration.ofSeconds(10);

    /** Fencing takes a hold of 60 s by itself when it is taken down without this command: again less than half. */
    private static final Duration PLAIN_BACK = Duration.ofSeconds(25);

    /** Less than half of the hold: when this is over, there is time for the bundle of before. */
    private static final Duration BACK = Duration.ofSeconds(40);

    static final Duration LOOK = Duration.ofMillis(200);

    /** The largest of ours has 7 MiB. */
    private static final int LARGEST = 64 << 20;

    /** Everything hangs on these, or this command itself runs in them: a restart of the node under a hold replaces them. */
    static final Set<String> FIXED = Set.of("api", "runtime", "shell", "jgroups", "ratis", "guard");

    /** This one: another layer replaces it, and it takes no part in the lease. */
    static final String SHELL = "shell";

    private static final String SHELL_BUNDLE = "io.holdfast.shell";

    /** For it to open its socket. */
    private static final Duration SHELL_BACK = Duration.ofSeconds(20);

    /** With the way back, and what stopping and starting may take. */
    private static final Duration SHELL_LONGEST = Duration.ofSeconds(170);

    /** No bundle, but a process of its own. */
    static final String GUARD = "guard";

    static final Set<String> HERE = Set.of("online", "standby", "held");

    private Swap() {}

    static int run(Call call) {
        String layer = call.word(0);
        if (layer.equals(GUARD)) {
            return guard(call);
        }
        Layers layers = layers(call);
        if (layers.version(layer).isEmpty()) {
            throw new UsageException("there is no layer " + layer + "; 'bundle:list' shows what there is");
        }
        if (FIXED.contains(layer) && !layer.equals(SHELL)) {
            throw new UsageException(layer + " cannot be swapped: the others hang on it; restart the node instead");
        }
        byte[] content;
        Plan plan;
        try {
            content = content(call, layers, layer);
            plan = plan(call, layers, layer, content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (call.words.has("--dry-run")) {
            return show(call, layer, plan);
        }
        refuseUnresolved(layer, plan);
        if (layer.equals(SHELL)) {
            List<String> others = call.words.has("--rolling") ? Rolling.others(call, layer, content) : List.of();
            return itself(call, content, plan, others);
        }
        if (call.words.has("--rolling")) {
            return Rolling.run(call, layer, content);
        }
        call.say(exchange(call, layer, content));
        return Exit.DONE;
    }

    /**
     * Nothing depends on this layer, so it needs no hold. From the replacement on only what this method has in its hands is used: the
     * services go with the layer, and so do its classes that were not needed before.
     *
     * @param others where it is swapped already
     */
    private static int itself(Call call, byte[] content, Plan plan, List<String> others) {
        byte[] old = old(call);
        Services services = call.services();
        ClusterControl control = call.control();
        Replacements replacements = replacements(call);
        boolean json = call.words.has("--json");
        String rolled = String.join(", ", others);
        call.io.outlive().run();
        long gone = services.nanos();
        String trouble;
        try {
            trouble = call.await(replacements.replace(SHELL_BUNDLE, content, old, SHELL_BACK), SHELL_LONGEST, true);
        } catch (ClusterException e) {
            call.io.err().println(e.getMessage()); // what does this elsewhere may need classes that are gone
            return Exit.REFUSED;
        }
        long away = millis(services.nanos() - gone);
        announceItself(call, control, plan, trouble);
        if (!trouble.isEmpty()) {
            call.io
                    .err()
                    .println(failed(trouble, plan.from())
                            + (rolled.isEmpty() ? "" : ". Stopped there; swapped before: " + rolled));
            return Exit.REFUSED;
        }
        String text = "shell is at version " + plan.to() + " now, before it was " + plan.from()
                + "; nothing was stopped. It was away for " + away + " ms, and no hold was needed."
                + (rolled.isEmpty() ? "" : " It is swapped on " + rolled + ", and here.");
        call.io.out().println(json ? "{\"message\":\"" + text + "\"}" : text);
        return Exit.DONE;
    }

    private static String failed(String trouble, String before) {
        return "The new shell failed: " + trouble + ". Version " + before
                + " is put back and at work again, and nothing was stopped";
    }

    private static byte[] old(Call call) {
        try {
            return layers(call).present(SHELL);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // what cannot be put back is not replaced
        }
    }

    private static Replacements replacements(Call call) {
        return call.services()
                .replacements()
                .orElseThrow(
                        () -> new NotReadyException("The layer that replaces the shell (deploy) is not there now."));
    }

    private static void announceItself(Call call, ClusterControl control, Plan plan, String trouble) {
        String node = call.services().node();
        boolean done = trouble.isEmpty();
        announce(
                call,
                control,
                done ? "info" : "warn",
                done
                        ? call.io.who() + " swapped shell on " + node + ": " + plan.from() + " -> " + plan.to()
                        : "The swap of shell on " + node + " is taken back, " + plan.from() + " is at work again: "
                                + trouble);
    }

    /**
     * As {@link #itself}, for another node, whose answer comes from the shell that is there afterwards, by {@link #ofTheShell}.
     */
    private static String itselfForOthers(Call call, byte[] content, Plan plan) {
        byte[] old = old(call);
        ClusterControl control = call.control();
        Kind refused = Kind.REFUSED; // now, while its class can be had
        String trouble =
                call.await(replacements(call).replace(SHELL_BUNDLE, content, old, SHELL_BACK), SHELL_LONGEST, true);
        announceItself(call, control, plan, trouble);
        if (!trouble.isEmpty()) {
            throw new ClusterException(refused, failed(trouble, plan.from()));
        }
        return "shell is at version " + plan.to() + " now; nothing was stopped.";
    }

    /** {@return how the last replacement of the shell goes or went, which the shell of before cannot tell any more} */
    static Progress ofTheShell(Services services) {
        Optional<Replacements> replacements = services.replacements();
        if (replacements.isEmpty()) {
            return new Progress(Swaps.State.RUNNING, ""); // this shell is not given everything yet
        }
        Optional<CompletableFuture<String>> last =
                replacements.get().last(SHELL_BUNDLE).map(CompletionStage::toCompletableFuture);
        if (last.isEmpty()) {
            return new Progress(Swaps.State.FAILED, "it knows nothing of a swap of its shell");
        }
        if (!last.get().isDone()) {
            return new Progress(Swaps.State.RUNNING, "");
        }
        String version =
                services.layers().flatMap(layers -> layers.version(SHELL)).orElse("?");
        try {
            String trouble = last.get().join();
            return trouble.isEmpty()
                    ? new Progress(Swaps.State.DONE, "shell is at version " + version + " now; nothing was stopped.")
                    : new Progress(Swaps.State.FAILED, failed(trouble, version));
        } catch (CompletionException | CancellationException e) {
            return new Progress(
                    Swaps.State.FAILED, String.valueOf((e.getCause() == null ? e : e.getCause()).getMessage()));
        }
    }

    /** It needs no hold: guard and guard hand the lease over to each other. */
    private static int guard(Call call) {
        if (call.count() > 1 || call.words.has("--dry-run") || call.words.has("--rolling")) {
            throw new UsageException("the guard is taken from the installation of this node, alone: put its new"
                    + " holdfast-guard.jar into lib/, then 'swap guard'");
        }
        GuardSwap swap = call.services()
                .guardSwap()
                .orElseThrow(() -> new NotReadyException("This node has no guard that could be replaced."));
        String done;
        try {
            done = call.blocking(() -> swapped(swap));
        } catch (IOException e) {
            throw new ClusterException(Kind.REFUSED, String.valueOf(e.getMessage()));
        }
        announce(
                call,
                "info",
                call.io.who() + " swapped the guard on " + call.services().node() + ": " + done);
        call.say(done);
        return Exit.DONE;
    }

    private static String swapped(GuardSwap guard) throws IOException {
        try {
            return guard.swap();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ClusterException(Kind.UNKNOWN_OUTCOME, "interrupted; log/guard.log tells who guards this node");
        }
    }

    static Layers layers(Call call) {
        return call.services()
                .layers()
                .orElseThrow(() -> new NotReadyException("The bundles of this node cannot be reached from here."));
    }

    private static byte[] content(Call call, Layers layers, String layer) throws IOException {
        if (call.count() < 2 || Deploying.isAddress(call.word(1))) {
            Optional<String> address = call.count() < 2 ? Optional.empty() : Optional.of(call.word(1));
            return call.blocking(() -> layers.read(layer, address));
        }
        try (InputStream in = call.io.files().open(call.word(1))) {
            byte[] content = in.readNBytes(LARGEST + 1);
            if (content.length > LARGEST) {
                throw new IOException(call.word(1) + " has more than " + LARGEST + " bytes, which is no layer");
            }
            return content;
        }
    }

    private static Plan plan(Call call, Layers layers, String layer, byte[] content) throws IOException {
        return call.blocking(() -> layers.plan(layer, content));
    }

    private static int show(Call call, String layer, Plan plan) {
        if (call.words.has("--json")) {
            Map<String, Object> values = new LinkedHashMap<>();
            values.put("layer", layer);
            values.put("from", plan.from());
            values.put("to", plan.to());
            values.put("digest", plan.digest());
            values.put("missing", plan.missing());
            values.put("rewired", plan.rewired());
            call.io.out().println(Json.write(values));
        } else {
            call.io
                    .out()
                    .println(layer + " would go from version " + plan.from() + " to " + plan.to() + " (SHA-256 "
                            + plan.digest().substring(0, 12) + "...).");
            call.io
                    .out()
                    .println(
                            plan.rewired().isEmpty()
                                    ? "No other bundle would be rewired."
                                    : "Rewired with it, and away for a moment: " + String.join(", ", plan.rewired())
                                            + ".");
            plan.missing().forEach(missing -> call.io.out().println("It would be refused: " + missing + "."));
            if (plan.missing().isEmpty()) {
                call.io
                        .out()
                        .println("All of it resolves. "
                                + (layer.equals(SHELL)
                                        ? "No hold would be needed"
                                        : "The lease would be held for at most " + HOLD.toSeconds() + " s")
                                + "; nothing was changed.");
            }
        }
        return plan.missing().isEmpty() ? Exit.DONE : Exit.REFUSED;
    }

    private static void refuseUnresolved(String layer, Plan plan) {
        if (!plan.missing().isEmpty()) {
            throw new ClusterException(
                    Kind.REFUSED,
                    layer + " " + plan.to() + " is not put in the place of " + plan.from() + ": "
                            + String.join("; ", plan.missing()));
        }
    }

    /** For another node that rolls a swap through the cluster. {@return what was done} */
    static String exchangeChecked(Call call, String layer, byte[] content) {
        Plan plan;
        try {
            plan = layers(call).plan(layer, content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        refuseUnresolved(layer, plan);
        return layer.equals(SHELL) ? itselfForOthers(call, content, plan) : exchange(call, layer, content);
    }

    /** {@return what was done} A caller that goes away does not end it: half a swap helps nobody. */
    static String exchange(Call call, String layer, byte[] content) {
        Layers layers = layers(call);
        String before = layers.version(layer).orElse("?");
        byte[] old;
        try {
            old = layers.present(layer);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // what cannot be put back is not replaced
        }
        Cluster known = call.cluster();
        known.status(); // a node that knows nothing of the cluster is not held either
        long began = call.services().nanos();
        call.await(call.control().hold(HOLD, STEP), STEP, true);
        long gone = call.services().nanos();
        String trouble = replace(call, layers, layer, content, BACK);
        long there = call.services().nanos();
        String now = layers.version(layer).orElse("?");
        if (trouble.isEmpty()) {
            String node = call.services().node();
            announce(call, "info", call.io.who() + " swapped " + layer + " on " + node + ": " + before + " -> " + now);
            release(call);
            return layer + " is at version " + now + " now, before it was " + before
                    + "; this node is back in the cluster, and nothing was stopped. It was away for "
                    + millis(there - gone) + " ms, and its lease was held for "
                    + millis(call.services().nanos() - began) + " ms.";
        }
        throw takeBack(call, layers, layer, before, old, trouble);
    }

    private static long millis(long nanos) {
        return Duration.ofNanos(nanos).toMillis();
    }

    /** {@return why it failed; empty if the node is back} */
    private static String replace(Call call, Layers layers, String layer, byte[] content, Duration limit) {
        try {
            call.blocking(() -> {
                layers.replace(layer, content);
                return layer;
            });
        } catch (IOException e) {
            return e.getMessage() == null ? e.toString() : e.getMessage();
        }
        return awaitBack(call, layers, layer, limit) ? "" : notBack(call, layers, layer, limit);
    }

    private static String notBack(Call call, Layers layers, String layer, Duration limit) {
        String wrong = layers.trouble(layer);
        return "this node is not back in the cluster " + limit.toSeconds() + " s later"
                + (wrong.isEmpty() ? problems(call) : ": " + wrong);
    }

    /** After an update that was not this command's. {@return what was done; empty if there was nothing to do} */
    static Optional<String> lookAfter(Call call, String layer, byte[] before) {
        Layers layers = layers(call);
        if (awaitBack(call, layers, layer, PLAIN_BACK) || call.gone()) {
            return Optional.empty();
        }
        String trouble = notBack(call, layers, layer, PLAIN_BACK);
        String node = call.services().node();
        String again = replace(call, layers, layer, before, PLAIN_BACK);
        if (!again.isEmpty()) {
            return Optional.of("The update of " + layer + " on " + node + " failed (" + trouble
                    + "), and with the one of before put back: " + again);
        }
        String text = "The update of " + layer + " on " + node + " is taken back, "
                + layers.version(layer).orElse("the one of before") + " is at work again: " + trouble;
        announce(call, "warn", text);
        return Optional.of(text);
    }

    private static ClusterException takeBack(
            Call call, Layers layers, String layer, String before, byte[] old, String trouble) {
        String again = replace(call, layers, layer, old, BACK);
        if (!again.isEmpty()) {
            return new ClusterException(
                    Kind.REFUSED,
                    "The new " + layer + " failed (" + trouble + "), and with " + before + " put back: " + again
                            + ". What runs here is kept until the hold ends, at most " + HOLD.toSeconds()
                            + " s after it was taken; log/holdfast.log tells more");
        }
        String node = call.services().node();
        announce(
                call,
                "warn",
                "The swap of " + layer + " on " + node + " is taken back, " + before + " is at work again: " + trouble);
        release(call);
        return new ClusterException(
                Kind.REFUSED,
                "The new " + layer + " failed: " + trouble + ". Version " + before
                        + " is put back and at work again; this node is back in the cluster, and nothing was stopped");
    }

    private static boolean awaitBack(Call call, Layers layers, String layer, Duration limit) {
        for (long waited = 0; waited < limit.toMillis(); waited += LOOK.toMillis()) {
            if (layers.active(layer) && back(call)) {
                return true;
            }
            if (!call.rest()) {
                return false;
            }
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
            // a daemon that is new has to go on as what the node was before; until then it takes no further hold
            return cluster.get().joinState().joined()
                    && nodes.stream()
                            .anyMatch(
                                    node -> node.name().equals(call.services().node()) && HERE.contains(node.state()));
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

    /** For {@code ha events}; that it cannot be written changes nothing about what was done. */
    static void announce(Call call, String severity, String text) {
        try {
            announce(call, call.control(), severity, text);
        } catch (RuntimeException e) {
            call.io.err().println("This is not among the events: " + e.getMessage());
        }
    }

    private static void announce(Call call, ClusterControl control, String severity, String text) {
        try {
            call.await(control.announce(severity, text, STEP), STEP, true);
        } catch (RuntimeException e) {
            call.io.err().println("This is not among the events: " + e.getMessage());
        }
    }

    /** The hold ends by itself; giving it back early only makes a takeover quicker if the node is lost soon. */
    private static void release(Call call) {
        try {
            call.await(call.control().release(STEP), STEP, true);
        } catch (RuntimeException e) {
            call.io.err().println("The hold is not given back and ends by itself: " + e.getMessage());
        }
    }
}
