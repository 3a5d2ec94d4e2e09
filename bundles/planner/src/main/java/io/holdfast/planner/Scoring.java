package io.holdfast.planner;

import io.holdfast.model.InstanceRecord.FailureRecord;
import io.holdfast.model.config.Configuration;
import io.holdfast.model.config.Constraint;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Scores each node for each resource by itself: what the node can run, failures, preferences, requests, and the wish to stay. */
final class Scoring {
    private final Facts facts;
    private final Configuration configuration;
    private final Sites sites;
    private final Links links;
    private final List<Stand> stands;
    private final int[] homes;
    private final Set<String> traced;
    private final List<Table> tables = new ArrayList<>();
    /** Made once for each type: there are fewer of those than resources. */
    private final Map<String, Table> bases = new HashMap<>();

    Scoring(Facts facts, Sites sites, Links links, List<Stand> stands, int[] homes, Set<String> traced) {
        this.facts = facts;
        configuration = facts.state().configuration();
        this.sites = sites;
        this.links = links;
        this.stands = stands;
        this.homes = homes;
        this.traced = traced;
    }

    /** One table for each resource, in their order. */
    List<Table> tables() {
        Failures failures = new Failures(facts);
        for (Stand stand : stands) {
            Table table = base(stand.resource().type(), traced.contains(stand.name()));
            for (Map.Entry<String, FailureRecord> failure :
                    stand.record().failures().entrySet()) {
                int node = sites.numberOf(failure.getKey());
                String ban = failures.ban(stand.resource(), failure.getValue());
                if (node >= 0 && !ban.isEmpty()) {
                    table.add(node, -Score.INFINITY, () -> ban);
                }
            }
            tables.add(table);
        }
        configuration.constraints().forEach(constraint -> {
            if (constraint instanceof Constraint.Prefer prefer) {
                prefer(prefer);
            }
        });
        for (int i = 0; i < stands.size(); i++) {
            inclination(i);
        }
        return tables;
    }

    /** Which nodes can run the type at all. */
    private Table base(String type, boolean withReasons) {
        if (!withReasons) {
            return bases.computeIfAbsent(type, unused -> newBase(type, false)).copy();
        }
        return newBase(type, true);
    }

    private Table newBase(String type, boolean withReasons) {
        Table table = new Table(sites.count(), withReasons);
        for (int node = 0; node < sites.count(); node++) {
            String problem = sites.problem(node);
            if (!problem.isEmpty()) {
                table.add(node, -Score.INFINITY, () -> problem);
            } else if (!sites.facts(node).types().contains(type)) {
                table.add(node, -Score.INFINITY, () -> "does not offer type " + type);
            }
        }
        return table;
    }

    private void prefer(Constraint.Prefer prefer) {
        int resource = links.first(prefer.resource());
        if (resource < 0) {
            return;
        }
        for (int node = 0; node < sites.count(); node++) {
            boolean meant = prefer.node().isEmpty()
                    ? sites.holds(node, prefer.where())
                    : prefer.node().equals(sites.name(node));
            if (meant) {
                tables.get(resource)
                        .add(
                                node,
                                prefer.score(),
                                () -> (prefer.score() < 0 ? "avoided" : "preferred")
                                        + (prefer.where().isEmpty() ? "" : " where " + prefer.where())
                                        + " by a constraint");
            }
        }
    }

    /** What people asked for, and the wish to stay. */
    private void inclination(int i) {
        Stand stand = stands.get(i);
        Table table = tables.get(i);
        int wanted = sites.numberOf(stand.record().wanted().movedTo());
        if (wanted >= 0) {
            table.add(wanted, Score.INFINITY, () -> "moved there on request");
        }
        int home = homes[i];
        if (home >= 0) {
            table.add(home, configuration.stickiness(stand.resource()), () -> "it likes to stay");
        }
    }
}
