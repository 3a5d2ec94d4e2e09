package io.holdfast.api.resource;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * A type of which some copies are more than the others: the primary of a database, the one that may write. A clone of the cluster
 * document that says {@code promoted: 1} has one such copy, and any resource type that implements this can be cloned so.
 *
 * <p>What holds, whatever crashes or hangs:
 *
 * <ul>
 *   <li>Each right to be promoted has one holder at any instant, as an exclusive instance has. The next one is promoted only after
 *       the last is proved demoted or stopped, or its node is proved to run nothing.
 *   <li>A copy is started first, and is not promoted then. {@link #promote} comes after a start that succeeded, {@link #demote}
 *       before a {@code stop}. Where {@code demote} fails or hangs, the copy is stopped; where that fails, it is killed. A
 *       command that either runs beyond the limit is killed with all processes of the copy.
 *   <li>A copy that runs unpromoted must do nothing that only the promoted one may do, whatever it found on its disk: a node that died
 *       as the promoted one starts unpromoted.
 *   <li>Each operation must be idempotent, and one at a time is called for an instance, as of {@link ResourceType}.
 *   <li>When the node loses its lease, all copies on it are killed, and none of these methods is called before.
 * </ul>
 *
 * <p>{@link #monitor} says {@link Health.Promoted} of a copy that is promoted and {@link Health.Running} of one that is not. A copy
 * that should be promoted and is not counts as failed; one that is promoted and has no right to be is demoted at once.
 *
 * <p>Who is promoted follows from scores: {@link ResourceContext#promotionScore} in any operation says how much this copy wants it,
 * and where nothing else is said nobody is promoted before one copy has said 0 or more. The operations run on a worker thread and may
 * block until {@link ResourceContext#remaining()} is over.
 */
@ConsumerType
public interface Promotable extends ResourceType {

    /**
     * Promotes the copy that runs here, and returns when it serves as the promoted one. {@link ResourceContext#promotedToken()} is the
     * fencing token of the right: it grows with each grant of the right, so what is written to can refuse the writer of before. A copy
     * that is promoted again under the same right has the same token. {@code spawn} and {@code onRelease} may be called as in a start; what
     * is registered replaces what the start registered.
     *
     * <p>It is interrupted when its time is over or the daemon ends. It must leave then and have no effect afterwards; the copy is stopped or
     * killed in either case.
     *
     * @throws ResourceException if it does not serve so; the daemon stops the copy, and decides whether to try again
     */
    void promote(ResourceContext context) throws ResourceException, InterruptedException;

    /**
     * Makes the copy one of the others, and returns when it is proved to do no more than those may. A monitor follows, which must not
     * find it promoted. {@code spawn} may be called as in a start.
     *
     * @throws ResourceException if that is not certain; then the copy is stopped
     */
    void demote(ResourceContext context) throws ResourceException, InterruptedException;
}
