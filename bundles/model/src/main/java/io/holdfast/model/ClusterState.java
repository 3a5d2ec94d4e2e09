package io.holdfast.model;

import io.holdfast.model.config.Configuration;
import java.util.List;
import java.util.Optional;
import org.pcollections.PSortedMap;
import org.pcollections.PVector;
import org.pcollections.TreePMap;
import org.pcollections.TreePVector;

/**
 * The state that every node agrees on at a ledger index: an immutable value. Persistent collections share what did not change.
 *
 * @param index ledger index of the last applied command
 * @param nextIncarnation the incarnation that the next join gets
 * @param nodes by name; a node stays here after it left
 * @param grants by instance
 * @param instances what is known of each instance beside its grant (reports, failures, wishes of people), by instance
 * @param configuration the document as values
 * @param document the document as text
 * @param revision grows with each applied document
 * @param history the applied documents, newest (the present one) last, at most {@value #HISTORY} and about 4 million characters
 * @param maintenance whether the whole cluster is left alone
 * @param events newest last, at most {@value #EVENTS}
 * @param votes whose word counts about leases
 * @param deployments the bundles that are to be on all nodes, by symbolic name
 * @param level the functional level that the cluster works at
 */
public record ClusterState(
        long index,
        long nextIncarnation,
        PSortedMap<String, NodeRecord> nodes,
        PSortedMap<String, Grant> grants,
        PSortedMap<String, InstanceRecord> instances,
        Configuration configuration,
        String document,
        long revision,
        PVector<Revision> history,
        boolean maintenance,
        PVector<EventRecord> events,
        Votes votes,
        PSortedMap<String, DeploymentRecord> deployments,
        Level level) {
    /** How many documents are kept. */
    public static final int HISTORY = 50;

    /** How many events are kept. */
    public static final int EVENTS = 1000;

    /** {@return the state before the first command} */
    public static ClusterState empty() {
        return new ClusterState(
                0,
                1,
                TreePMap.empty(),
                TreePMap.empty(),
                TreePMap.empty(),
                Configuration.EMPTY,
                "cluster: " + Configuration.EMPTY.cluster() + "\nresources: {}\n",
                0,
                TreePVector.empty(),
                false,
                TreePVector.empty(),
                Votes.EMPTY,
                TreePMap.empty(),
                Level.FIRST);
    }

    /** {@return what is agreed on about the node, empty if it never joined} */
    public Optional<NodeRecord> node(String name) {
        return Optional.ofNullable(nodes.get(name));
    }

    /** {@return the grant of the instance, if it has one} */
    public Optional<Grant> grant(String instance) {
        return Optional.ofNullable(grants.get(instance));
    }

    /** {@return what is known of the instance, empty if it is neither configured nor granted} */
    public Optional<InstanceRecord> instance(String name) {
        return Optional.ofNullable(instances.get(name));
    }

    /** {@return the grants of the node, whatever incarnation, by instance name} */
    public List<Grant> grantsOf(String node) {
        return grants.values().stream()
                .filter(grant -> grant.node().equals(node))
                .toList();
    }

    /** {@return why the end of its lease proves nothing about this member; empty if it proves that it runs nothing} */
    public Optional<String> leaseProvesNothing(NodeRecord member) {
        return FenceRules.leaseProvesNothing(member, grants, instances);
    }

    /** {@return the grants of this member of which it said last that it cannot stop what runs under them} */
    public List<Grant> blocked(NodeRecord member) {
        return FenceRules.blocked(member, grants, instances);
    }

    /**
     * Whose word counts about leases. Two majorities of different sets of voters need not share one, so a change stays open until
     * no lease can rest on an earlier set any more.
     *
     * @param index ledger index at which {@code voting} began; 0 before the ledger said who votes
     * @param voting the voters' names, sorted
     * @param earlier sets on which a lease may still rest
     */
    public record Votes(long index, List<String> voting, List<List<String>> earlier) {
        /** The ledger has not said yet who votes. */
        public static final Votes EMPTY = new Votes(0, List.of(), List.of());
    }

    /**
     * A functional level, see {@link Levels}.
     *
     * @param number from 1
     * @param version the oldest version of Holdfast that understands it, empty for the first
     */
    public record Level(int number, String version) {
        /** What every version understands. */
        public static final Level FIRST = new Level(1, "");

        /** What was written before there were levels is of the first. */
        public Level {
            number = Math.max(1, number);
        }

        String install(int newest) {
            return "the cluster works at functional level " + number + ", and this version understands only level "
                    + newest + ": install Holdfast " + version + " or later on this node";
        }
    }

    /**
     * An applied document.
     *
     * @param revision its number
     * @param index ledger index
     * @param wallMillis when, only to be shown
     * @param who applied it
     * @param document its text
     */
    public record Revision(long revision, long index, long wallMillis, String who, String document) {}

    /**
     * An event; the fields are those of {@code io.holdfast.api.cluster.Event}.
     *
     * @param index ledger index
     * @param order position among the events of that index, from 0
     * @param wallMillis wall clock of the node that proposed it
     * @param node that it concerns, or empty
     * @param resource that it concerns, or empty
     * @param severity {@code info}, {@code warn} or {@code error}
     * @param text the sentence
     */
    public record EventRecord(
            long index, int order, long wallMillis, String node, String resource, String severity, String text) {}
}
