package io.holdfast.model;

import io.holdfast.model.ClusterState.EventRecord;
import io.holdfast.model.ClusterState.Revision;
import io.holdfast.model.config.Configuration;
import org.pcollections.PSortedMap;
import org.pcollections.PVector;

/** The state while one command is applied: a rule changes its fields, which are persistent collections, and reads them again. */
final class Draft {
    final long index;
    final Entry entry;
    private final ClusterState before;
    private int order;

    long nextIncarnation;
    PSortedMap<String, NodeRecord> nodes;
    PSortedMap<String, Grant> grants;
    PSortedMap<String, InstanceRecord> instances;
    Configuration configuration;
    String document;
    long revision;
    PVector<Revision> history;
    boolean maintenance;
    ClusterState.Votes votes;
    PSortedMap<String, DeploymentRecord> deployments;
    ClusterState.Level level;
    private PVector<EventRecord> events;

    Draft(ClusterState state, long index, Entry entry) {
        before = state;
        this.index = index;
        this.entry = entry;
        nextIncarnation = state.nextIncarnation();
        nodes = state.nodes();
        grants = state.grants();
        instances = state.instances();
        configuration = state.configuration();
        document = state.document();
        revision = state.revision();
        history = state.history();
        maintenance = state.maintenance();
        events = state.events();
        votes = state.votes();
        deployments = state.deployments();
        level = state.level();
    }

    ClusterState finished() {
        return new ClusterState(
                index,
                nextIncarnation,
                nodes,
                grants,
                instances,
                configuration,
                document,
                revision,
                history,
                maintenance,
                events,
                votes,
                deployments,
                level);
    }

    /** The state as it was, but for the index. */
    ClusterState untouched() {
        return new ClusterState(
                index,
                before.nextIncarnation(),
                before.nodes(),
                before.grants(),
                before.instances(),
                before.configuration(),
                before.document(),
                before.revision(),
                before.history(),
                before.maintenance(),
                before.events(),
                before.votes(),
                before.deployments(),
                before.level());
    }

    void put(NodeRecord node) {
        nodes = nodes.plus(node.name(), node);
    }

    void put(InstanceRecord record) {
        instances = instances.plus(record.instance(), record);
    }

    void put(DeploymentRecord record) {
        deployments = deployments.plus(record.name(), record);
    }

    void put(Grant grant) {
        grants = grants.plus(grant.instance(), grant);
    }

    /** Takes the grant away, and all that was known of an instance that is configured no more. */
    void free(Grant grant) {
        grants = grants.minus(grant.instance());
        InstanceRecord record = instances.get(grant.instance());
        if (record == null) {
            return;
        }
        if (Instances.of(this).definition(grant.instance()).isPresent()) {
            put(record.reported(java.util.Optional.empty()));
        } else {
            instances = instances.minus(grant.instance());
        }
    }

    /** Whether that is what its holder said last under this very grant. */
    boolean reports(Grant grant, InstanceRecord.State state) {
        InstanceRecord record = instances.get(grant.instance());
        return record != null && record.reports(grant, state);
    }

    void info(String node, String resource, String text) {
        event(node, resource, "info", text);
    }

    void warn(String node, String resource, String text) {
        event(node, resource, "warn", text);
    }

    void event(String node, String resource, String severity, String text) {
        events = events.plus(new EventRecord(index, order++, entry.wallMillis(), node, resource, severity, text));
        while (events.size() > ClusterState.EVENTS) {
            events = events.minus(0);
        }
    }

    NodeRecord node(String name) {
        NodeRecord node = nodes.get(name);
        if (node == null) {
            throw new Refusal("There is no node " + name + ": it never joined; known are " + listed(nodes.keySet()));
        }
        return node;
    }

    /** The node's record, if {@code incarnation} is its present one. */
    NodeRecord node(String name, long incarnation, String what) {
        NodeRecord node = node(name);
        if (node.incarnation() != incarnation) {
            throw new Refusal(what + " refused: incarnation " + incarnation + " of " + name
                    + " is not its present one, which is " + node.incarnation() + "; look at the state again");
        }
        return node;
    }

    /** The present grant, if {@code token} is its token. */
    Grant grant(String instance, long token, String what) {
        Grant grant = grants.get(instance);
        if (grant == null) {
            throw new Refusal(what + " refused: " + instance + " is granted to nobody, so token " + token
                    + " is void; whoever holds it must stop " + instance);
        }
        if (grant.token() != token) {
            throw new Refusal(what + " refused: token " + token + " of " + instance + " is void, the present one is "
                    + grant.token() + " of " + grant.node() + "; whoever holds the old one must stop " + instance);
        }
        return grant;
    }

    /** As {@link #grant(String, long, String)}, and it is held by this incarnation of this node. */
    Grant grant(String instance, String node, long incarnation, long token, String what) {
        Grant grant = grant(instance, token, what);
        if (!grant.heldBy(node, incarnation)) {
            throw new Refusal(what + " refused: token " + token + " of " + instance + " belongs to " + grant.node()
                    + " incarnation " + grant.incarnation() + ", not to " + node + " incarnation " + incarnation);
        }
        return grant;
    }

    void fromItself(String node, String what) {
        if (!entry.origin().equals(node)) {
            throw new Refusal(what + " refused: it speaks for " + node + " but comes from " + entry.origin() + "; only "
                    + node + " can say this of itself");
        }
    }

    static String listed(Iterable<String> names) {
        String text = String.join(", ", names);
        return text.isEmpty() ? "none" : text;
    }

    static String because(String reason) {
        return reason.isBlank() ? "" : ": " + reason;
    }
}
