package io.holdfast.model;

import io.holdfast.model.config.Configuration;
import java.util.List;

/** A change of the cluster state, as it stands in the ledger. Applied by {@link Rules}; see SAFETY for what each is refused for. */
public sealed interface Command {
    /** A daemon asks for a new incarnation; {@code level}: the functional level that it understands. */
    record Join(String node, NodeRecord.Terms terms, int level) implements Command {
        /** A node that says nothing of levels understands the first. */
        public Join {
            level = Math.max(1, level);
        }

        public Join(String node, NodeRecord.Terms terms) {
            this(node, terms, 1);
        }
    }

    /** A restarted daemon goes on as {@code incarnation} under the same guard session. */
    record Resume(String node, long incarnation, NodeRecord.Terms terms, int level) implements Command {
        public Resume {
            level = Math.max(1, level);
        }

        public Resume(String node, long incarnation, NodeRecord.Terms terms) {
            this(node, incarnation, terms, 1);
        }
    }

    /** The node stopped everything and leaves: proof {@code clean}. Refused while it has grants. */
    record Leave(String node, long incarnation) implements Command {}

    /** Grants the instance to the incarnation; the token is the ledger index. Refused while it is granted at all. */
    record Allow(String instance, String node, long incarnation, String reason) implements Command {}

    /** The leader asks the holder to stop and release. */
    record Revoke(String instance, long token, String reason) implements Command {}

    /** From the holder, after a confirmed stop. */
    record Release(String instance, String node, long incarnation, long token) implements Command {}

    /** How the instance stands, from the holder, under the present token. */
    record Reported(
            String instance, String node, long incarnation, long token, InstanceRecord.State state, String detail)
            implements Command {}

    /** An operation failed, from the holder, under the present token. */
    record Failure(
            String instance,
            String node,
            long incarnation,
            long token,
            String operation,
            String reason,
            boolean permanent)
            implements Command {}

    /** Nobody renews the lease of this incarnation any more. Applied once; again it does nothing. */
    record Expel(String node, long incarnation, String reason) implements Command {}

    /** An expelled incarnation runs nothing any more: its grants are free. */
    record Fenced(String node, long incarnation, Proof proof) implements Command {}

    /**
     * All of these devices said that an expelled incarnation is off, and it answered after that: what they say of it proves nothing any
     * more, whoever leads.
     */
    record Lied(String node, long incarnation, List<String> devices) implements Command {}

    /**
     * From here on these vote. Nobody proposes it: the ledger hands it over, with an empty origin, wherever a configuration of voters
     * takes effect. The same names again change nothing.
     */
    record VotersChanged(List<String> voting) implements Command {}

    /** From the leader: since the voters that began at {@code votesIndex}, so long has passed that no lease rests on an earlier set. */
    record VotersSettled(long votesIndex) implements Command {}

    /** A longer lease, bounded, before a planned interruption. A retry is a new {@code seq}. */
    record Hold(String node, long incarnation, long spanMillis, long session, long seq) implements Command {}

    /** Releases a hold; the node has written the shorter deadline to its guard before. */
    record Unhold(String node, long incarnation, long session, long seq) implements Command {}

    /** A new document; refused unless {@code expectedRevision} is the present one (-1: whatever it is). */
    record Apply(Configuration configuration, String document, long expectedRevision, String who) implements Command {}

    /** The resource (or group) is to be on the node until {@link Unmove}. */
    record Move(String resource, String node, String who) implements Command {}

    /** The resource (or group) may be anywhere again. */
    record Unmove(String resource, String who) implements Command {}

    /** The resource (or group) may run. */
    record Start(String resource, String who) implements Command {}

    /** The resource (or group) is to stay stopped. */
    record Stop(String resource, String who) implements Command {}

    /** All failures of the resource (or group) are forgotten. */
    record Retry(String resource, String who) implements Command {}

    /** Failures that no longer count are forgotten; from the leader. */
    record Forget(String instance, String node, long lastWallMillis) implements Command {}

    /** The node runs nothing, or may run things again. */
    record Standby(String node, boolean on, String who) implements Command {}

    /** Target: a resource, a group, a node, or empty for everything. */
    record Maintenance(String target, boolean on, String who) implements Command {}

    /** Sets an attribute of a node; an empty value removes it. */
    record Attribute(String node, String key, String value, String who) implements Command {}

    /** What a resource keeps; refused unless it comes under the present token. */
    record Note(String instance, long token, String key, String value) implements Command {}

    /** An event that is not the consequence of another command (a device answered, a message was refused). */
    record Announce(String node, String resource, String severity, String text) implements Command {}

    /**
     * The cluster works at a higher functional level from here on; {@code version} is the oldest that understands it. Who proposes it
     * has seen that each of {@code able} does; refused unless everybody who is in the cluster is among them.
     */
    record RaiseLevel(int level, String version, List<String> able, String who) implements Command {}

    /** A bundle is to be on all nodes; one tries it first. It lies on the node that this comes from. */
    record Deploy(String name, String version, String digest, long size, String who) implements Command {}

    /** What a node has of the deployment that began at {@code index}, from itself; {@code detail}: why it is not well. */
    record Deployed(
            String node,
            long incarnation,
            String name,
            long index,
            String digest,
            boolean well,
            String detail,
            List<String> types)
            implements Command {}

    /** From the leader: somebody's word about the deployment that began at {@code index} does not come. */
    record RollBack(String name, long index, String reason) implements Command {}

    /** A deployed bundle goes from all nodes; refused while the document uses its types. */
    record Undeploy(String name, String who) implements Command {}

    /** Why an expelled incarnation is known to run nothing. */
    sealed interface Proof {
        /** The leader waited its lease out, with answers of the voters that began at {@code votesIndex}, and of all earlier sets open then. */
        record LeaseOver(String how, long votesIndex) implements Proof {}

        /** A device confirmed a request that was sent after the EXPEL with this ledger index was committed. */
        record Device(String device, long expelIndex) implements Proof {}

        /** The same machine joined from a later boot. */
        record Reboot(long bootCounter, String machineId) implements Proof {}

        /** A person confirmed. */
        record Manual(String who) implements Proof {}
    }
}
