package io.holdfast.api.cluster;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Steers the cluster. Any thread; nothing blocks.
 *
 * <p>Every stage completes on the node's loop, with one or more sentences for people that say what was done; or it fails with
 * {@link ClusterException}, which says whether the command was refused, may still take effect, or found no quorum.
 */
@ProviderType
public interface ClusterControl {

    /** Checks and applies a whole cluster document, all or nothing; {@code name} is its file, for messages. Tells the new revision. */
    CompletionStage<String> apply(String document, String name, String who, Duration limit);

    /** {@return what {@link #apply} would change, one line each, or the problems of the document} */
    CompletionStage<String> diff(String document, String name);

    /** {@return why the resource is where it is, and what spoke against each alternative} */
    CompletionStage<String> explain(String resource);

    /** {@return the same as it would be under an earlier revision of the cluster document; changes nothing} */
    CompletionStage<String> explain(String resource, long revision);

    /** {@return what would happen if these nodes failed and this document were applied, with reasons; changes nothing} */
    CompletionStage<String> simulate(List<String> failed, Optional<String> document);

    /** Moves a resource (or group) to a node and keeps it there; with {@code untilActive}, completes when it is active there. */
    CompletionStage<String> move(String resource, String node, boolean untilActive, String who, Duration limit);

    /** Ends a move's hold on the placement. */
    CompletionStage<String> unmove(String resource, String who, Duration limit);

    /** Lets a resource (or group) run. */
    CompletionStage<String> start(String resource, String who, Duration limit);

    /** Stops a resource (or group) and keeps it stopped. */
    CompletionStage<String> stop(String resource, String who, Duration limit);

    /** Forgets the failures of a resource, so that it is tried again at once everywhere. */
    CompletionStage<String> retry(String resource, String who, Duration limit);

    /** Moves everything away from a node and keeps it empty. */
    CompletionStage<String> standby(String node, String who, Duration limit);

    /** Lets a node run resources again. */
    CompletionStage<String> online(String node, String who, Duration limit);

    /** Switches maintenance of a resource, a node, or (empty) everything: nothing is started, stopped or monitored. */
    CompletionStage<String> maintenance(boolean on, Optional<String> target, String who, Duration limit);

    /** Fences a node by its devices, or, without any, by expelling it and waiting its lease out. */
    CompletionStage<String> fence(String node, String who, Duration limit);

    /** A person's word that a node runs nothing any more. */
    CompletionStage<String> confirmFenced(String node, String who, Duration limit);

    /** Adds, removes or replaces a voter: {@code add NAME=ADDRESS[:PORT]}, {@code remove NAME}, {@code replace NAME}. */
    CompletionStage<String> voter(List<String> words, String who, Duration limit);

    /**
     * Raises the functional level of the cluster to what this node understands. Refused, naming each node that is too old or not
     * heard and the version to install, unless all understand it.
     */
    CompletionStage<String> upgradeLevel(String who, Duration limit);

    /** Sets (or, with an empty value, removes) an attribute of a node that constraints may ask for. */
    CompletionStage<String> attribute(String node, String key, String value, String who, Duration limit);

    /** Writes an event about this node: {@code severity} is {@code info}, {@code warn} or {@code error}. */
    CompletionStage<String> announce(String severity, String text, Duration limit);

    /** Takes a hold on this node's lease before a planned interruption of at most {@code span}. */
    CompletionStage<String> hold(Duration span, Duration limit);

    /** Releases the hold. */
    CompletionStage<String> release(Duration limit);

    /** Moves everything away from this node, leaves the cluster cleanly and completes; the caller then ends the process. */
    CompletionStage<String> leave(Duration limit);
}
