package io.holdfast.model;

import java.util.Optional;
import org.pcollections.PSortedMap;
import org.pcollections.TreePMap;

/**
 * What is known of an instance beside its grant.
 *
 * @param instance its name
 * @param report what its holder last reported under the present grant; empty without a grant
 * @param failures by node
 * @param wanted what people asked for
 * @param notes what the resource itself keeps
 * @param lastToken the newest fencing token that it ever had
 * @param lastNode the node of that grant, empty if it never had one
 * @param lastIncarnation the incarnation of that grant
 * @param definedAt ledger index of the document that last changed its type or parameters: under a grant with an older token it
 *     runs something else than what is configured now, and has to be restarted
 */
public record InstanceRecord(
        String instance,
        Optional<Report> report,
        PSortedMap<String, FailureRecord> failures,
        Wish wanted,
        PSortedMap<String, String> notes,
        long lastToken,
        String lastNode,
        long lastIncarnation,
        long definedAt) {

    /** {@return an instance of which nothing is known yet} */
    public static InstanceRecord fresh(String instance, long definedAt) {
        return new InstanceRecord(
                instance, Optional.empty(), TreePMap.empty(), Wish.NONE, TreePMap.empty(), 0, "", 0, definedAt);
    }

    boolean reports(Grant grant, State state) {
        return report.filter(said -> said.token() == grant.token() && said.state() == state)
                .isPresent();
    }

    InstanceRecord reported(Optional<Report> next) {
        return new InstanceRecord(
                instance, next, failures, wanted, notes, lastToken, lastNode, lastIncarnation, definedAt);
    }

    InstanceRecord failing(PSortedMap<String, FailureRecord> next) {
        return new InstanceRecord(
                instance, report, next, wanted, notes, lastToken, lastNode, lastIncarnation, definedAt);
    }

    InstanceRecord wishing(Wish next) {
        return new InstanceRecord(
                instance, report, failures, next, notes, lastToken, lastNode, lastIncarnation, definedAt);
    }

    InstanceRecord noting(PSortedMap<String, String> next) {
        return new InstanceRecord(
                instance, report, failures, wanted, next, lastToken, lastNode, lastIncarnation, definedAt);
    }

    InstanceRecord granted(Grant grant) {
        return new InstanceRecord(
                instance,
                Optional.empty(),
                failures,
                wanted,
                notes,
                grant.token(),
                grant.node(),
                grant.incarnation(),
                definedAt);
    }

    InstanceRecord redefined(long index) {
        return new InstanceRecord(
                instance, report, TreePMap.empty(), wanted, notes, lastToken, lastNode, lastIncarnation, index);
    }

    /**
     * What the holder of a grant says.
     *
     * @param token under which token
     * @param state how it stands
     * @param detail for people, or empty
     * @param wallMillis when, only to be shown
     */
    public record Report(long token, State state, String detail, long wallMillis) {}

    /** States that a holder reports. */
    public enum State {
        /** It is being started. */
        STARTING,
        /** It serves. */
        ACTIVE,
        /** It is being stopped. */
        STOPPING,
        /** It does not serve; the holder tries again in place. */
        FAILED,
        /** It cannot be stopped or needs a person. */
        BLOCKED
    }

    /**
     * Failures on one node.
     *
     * @param count how many, since they last were forgotten
     * @param firstWallMillis when the first was
     * @param lastWallMillis when the last was; they all age from it
     * @param operation which operation failed last
     * @param reason why, for people
     * @param permanent no other try there can succeed until {@code retry} or a new configuration
     */
    public record FailureRecord(
            int count, long firstWallMillis, long lastWallMillis, String operation, String reason, boolean permanent) {}

    /**
     * What people asked for.
     *
     * @param stopped it is to stay stopped
     * @param movedTo the node that it is to be on, empty if none was named
     * @param maintenance it is left alone
     */
    public record Wish(boolean stopped, String movedTo, boolean maintenance) {
        /** Nothing asked. */
        public static final Wish NONE = new Wish(false, "", false);

        Wish withStopped(boolean next) {
            return new Wish(next, movedTo, maintenance);
        }

        Wish withMovedTo(String next) {
            return new Wish(stopped, next, maintenance);
        }

        Wish withMaintenance(boolean next) {
            return new Wish(stopped, movedTo, next);
        }
    }
}
