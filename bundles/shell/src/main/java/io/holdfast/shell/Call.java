package io.holdfast.shell;

import io.holdfast.api.cluster.Cluster;
import io.holdfast.api.cluster.ClusterControl;
import io.holdfast.api.cluster.ClusterException;
import io.holdfast.api.cluster.Deployments;
import io.holdfast.api.cluster.PacemakerFiles;
import io.holdfast.api.fencing.FenceTypes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One call of a command: its words, its surroundings, and what it needs of the cluster. */
final class Call {
    /** What the cluster may take beyond the limit that it was given: then it does not keep to it. */
    private static final Duration GRACE = Duration.ofSeconds(2);

    /** Between two looks for what is not there yet. */
    static final Duration PAUSE = Duration.ofMillis(100);

    final Words words;
    final Io io;
    private static final Logger log = LoggerFactory.getLogger(Call.class);

    private final Services services;
    private Duration waited = Duration.ZERO;

    Call(Words words, Io io, Services services) {
        this.words = words;
        this.io = io;
        this.services = services;
    }

    /** {@return the word at this place after the command} */
    String word(int index) {
        return words.plain().get(index + 1);
    }

    int count() {
        return words.plain().size() - 1;
    }

    Cluster cluster() {
        return present(services::cluster, "knows nothing of the cluster yet");
    }

    ClusterControl control() {
        return present(services::control, "takes no commands yet");
    }

    PacemakerFiles pacemakerFiles() {
        return present(services::pacemakerFiles, "cannot read files of Pacemaker yet");
    }

    FenceTypes fenceTypes() {
        return present(services::fenceTypes, "cannot look for fence agents yet");
    }

    Deployments deployments() {
        return present(services::deployments, "deploys nothing yet");
    }

    /** A node that is starting, or whose layer is being replaced, is waited for: what is asked is no less wanted then. */
    private <T> T present(Supplier<Optional<T>> service, String lacking) {
        Optional<T> found = service.get();
        while (found.isEmpty() && waited.compareTo(words.limit()) < 0 && !gone()) {
            if (!pause()) {
                break;
            }
            waited = waited.plus(PAUSE);
            found = service.get();
        }
        return found.orElseThrow(() -> notReady(lacking));
    }

    /** {@return what is left of the time that the call may take} */
    Duration limit() {
        Duration left = words.limit().minus(waited);
        return left.isZero() || left.isNegative() ? Duration.ofMillis(1) : left;
    }

    boolean gone() {
        return io.cancelled().getAsBoolean() || Thread.currentThread().isInterrupted();
    }

    /** {@return false if the call is to end} */
    boolean pause() {
        try {
            services.pause(PAUSE);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /**
     * For what is not ended by a caller who goes away: he gets his sign of life, and no more.
     *
     * @return false if the thread is to end
     */
    boolean rest() {
        if (io.cancelled().getAsBoolean()) {
            log.debug("The caller is gone; what he asked for goes on");
        }
        for (int i = 0; i < 2; i++) {
            if (!pause()) {
                return false;
            }
        }
        return true;
    }

    /** What blocks the thread that it runs on. */
    interface Blocking<T> {
        T run() throws IOException;
    }

    /** Does what may block for seconds, such as the replacement of a bundle: else the caller would take this node for hung. */
    <T> T blocking(Blocking<T> what) throws IOException {
        Runnable end = io.signs().get();
        try {
            return what.run();
        } finally {
            end.run();
        }
    }

    Services services() {
        return services;
    }

    private NotReadyException notReady(String what) {
        return new NotReadyException("The daemon of " + services.node() + " " + what
                + ": it is starting, or a layer is being replaced. If it stays so, look into"
                + " log/holdfast.log.");
    }

    String read(String name) {
        try {
            return io.files().read(name);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits for the cluster and prints what was done. */
    int done(CompletionStage<String> stage, boolean changes) {
        say(await(stage, limit(), changes));
        return Exit.DONE;
    }

    void say(String text) {
        io.out().println(words.has("--json") ? Json.write(Map.of("message", text)) : text.stripTrailing());
    }

    /** {@return the result} A failure comes as {@link ClusterException}. */
    <T> T await(CompletionStage<T> stage, Duration limit, boolean changes) {
        long end = limit.plus(GRACE).toMillis();
        try {
            for (long waited = 0; ; waited += 200) {
                try {
                    return stage.toCompletableFuture().get(200, TimeUnit.MILLISECONDS);
                } catch (TimeoutException e) {
                    if (waited >= end) {
                        throw new ClusterException(
                                ClusterException.Kind.UNKNOWN_OUTCOME,
                                "No answer within " + Durations.format(words.limit()) + ".");
                    }
                    if (io.cancelled().getAsBoolean()) {
                        throw new ClusterException(
                                ClusterException.Kind.UNKNOWN_OUTCOME, "Interrupted before the answer came.");
                    }
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ClusterException(ClusterException.Kind.UNKNOWN_OUTCOME, "Interrupted before the answer came.");
        } catch (ExecutionException | CancellationException e) {
            throw failure(e, changes);
        }
    }

    private static RuntimeException failure(Exception outer, boolean changes) {
        Throwable cause = outer;
        while ((cause instanceof ExecutionException || cause instanceof CompletionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (cause instanceof RuntimeException known) {
            return known;
        }
        return new ClusterException(
                changes ? ClusterException.Kind.UNKNOWN_OUTCOME : ClusterException.Kind.REFUSED, cause.toString());
    }

    List<String> rest(int from) {
        return words.plain().subList(from + 1, words.plain().size());
    }
}
