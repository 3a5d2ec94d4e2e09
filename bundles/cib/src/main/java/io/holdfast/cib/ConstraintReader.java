package io.holdfast.cib;

import io.holdfast.planner.cluster.Colocation;
import io.holdfast.planner.cluster.Location;
import io.holdfast.planner.cluster.Order;
import io.holdfast.planner.cluster.Rules;
import io.holdfast.planner.cluster.Words;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.w3c.dom.Element;

/** Reads constraints; tags and templates stand for all resources that they name. */
final class ConstraintReader {
    final List<Location> locations = new ArrayList<>();
    final List<Colocation> colocations = new ArrayList<>();
    final List<Order> orders = new ArrayList<>();
    private final Pairs pairs;
    private final Map<String, List<String>> names = new LinkedHashMap<>();
    private final long now;

    ConstraintReader(Element configuration, Pairs pairs, Map<String, List<String>> madeFrom, long now) {
        this.pairs = pairs;
        this.now = now;
        names.putAll(madeFrom);
        for (Element tag : Xml.children(Xml.at(configuration, "tags"), "tag")) {
            names.put(
                    tag.getAttribute("id"),
                    Xml.children(tag, "obj_ref").stream()
                            .map(reference -> reference.getAttribute("id"))
                            .toList());
        }
    }

    void read(@Nullable Element constraints) {
        if (constraints == null) {
            return;
        }
        for (Element element : Xml.children(constraints)) {
            boolean expired = Xml.child(element, "lifetime")
                    .map(lifetime -> Xml.children(lifetime, "rule").stream()
                            .noneMatch(rule -> Rules.holds(RuleReader.read(rule), Rules.Question.at(now))))
                    .orElse(false);
            if (!expired) {
                switch (element.getTagName()) {
                    case "rsc_location" -> location(element);
                    case "rsc_colocation" -> colocation(element);
                    case "rsc_order" -> order(element);
                    default -> {
                        // tickets and what is newer than this reader
                    }
                }
            }
        }
    }

    /** The resources that a name stands for. */
    private List<String> expand(String name) {
        List<String> meant = names.get(name);
        if (meant == null) {
            return List.of(name);
        }
        return meant.stream().flatMap(each -> expand(each).stream()).distinct().toList();
    }

    private boolean stands(String name) {
        return names.containsKey(name);
    }

    private List<String> references(Element set) {
        return Xml.children(set, "resource_ref").stream()
                .flatMap(reference -> expand(reference.getAttribute("id")).stream())
                .toList();
    }

    private static String role(String role) {
        return switch (role.toLowerCase(Locale.ROOT)) {
            case "master", "promoted" -> "Promoted";
            case "slave", "unpromoted" -> "Unpromoted";
            case "stopped" -> "Stopped";
            default -> "";
        };
    }

    private void location(Element element) {
        String id = element.getAttribute("id");
        String discovery = Xml.text(element, "resource-discovery", "always");
        String role = element.getAttribute("role");
        if (element.hasAttribute("rsc")) {
            expand(element.getAttribute("rsc")).forEach(each -> location(element, id, each, role, discovery));
        }
        if (element.hasAttribute("rsc-pattern")) {
            location(element, id, "/" + element.getAttribute("rsc-pattern"), role, discovery);
        }
        for (Element set : Xml.children(element, "resource_set")) {
            String setRole = Xml.text(set, "role", role);
            references(set).forEach(each -> location(element, id, each, setRole, discovery));
        }
    }

    private void location(Element element, String id, String resource, String role, String discovery) {
        if (element.hasAttribute("node")) {
            locations.add(new Location(
                    id,
                    resource,
                    role(role),
                    discovery,
                    new Location.Named(element.getAttribute("node"), Words.score(element.getAttribute("score")))));
        }
        for (Element listed : Xml.children(element, "rule")) {
            Element rule = pairs.resolve(listed);
            String ruleRole = role(Xml.text(rule, "role", role));
            Location.Place place = rule.hasAttribute("score-attribute")
                    ? new Location.ByAttribute(RuleReader.read(rule), rule.getAttribute("score-attribute"))
                    : new Location.Where(RuleReader.read(rule), Words.score(rule.getAttribute("score")));
            locations.add(new Location(id, resource, ruleRole, discovery, place));
        }
    }

    private void colocation(Element element) {
        String id = element.getAttribute("id");
        int score = Words.score(element.getAttribute("score"));
        List<Element> listed = Xml.children(element, "resource_set");
        List<ColocationSet> sets = new ArrayList<>();
        if (listed.isEmpty()) {
            String dependent = element.getAttribute("rsc");
            String primary = element.getAttribute("with-rsc");
            String role = role(element.getAttribute("rsc-role"));
            String withRole = role(element.getAttribute("with-rsc-role"));
            if (!stands(dependent) && !stands(primary)) {
                add(element, id, score, dependent, primary, role, withRole);
                return;
            }
            sets.add(new ColocationSet(expand(dependent), stands(dependent), role, score));
            sets.add(new ColocationSet(expand(primary), stands(primary), withRole, score));
        }
        for (Element set : listed) {
            boolean sequential = Words.truth(Xml.text(set, "sequential", "true"), true);
            int own = set.hasAttribute("score") ? Words.score(set.getAttribute("score")) : score;
            sets.add(new ColocationSet(references(set), !sequential, role(set.getAttribute("role")), own));
        }
        sets.forEach(set -> within(element, id, set));
        for (int i = 1; i < sets.size(); i++) {
            between(element, id, score, sets.get(i - 1), sets.get(i));
        }
    }

    /** Resources that are listed together; loose ones do not depend on each other. */
    private record ColocationSet(List<String> resources, boolean loose, String role, int score) {
        List<String> heads() {
            return loose ? resources : resources.subList(0, Math.min(1, resources.size()));
        }

        List<String> tails() {
            return loose ? resources : resources.subList(Math.max(0, resources.size() - 1), resources.size());
        }
    }

    private void within(Element element, String id, ColocationSet set) {
        List<String> list = set.resources();
        for (int i = 1; i < list.size(); i++) {
            if (!set.loose()) {
                add(element, id, set.score(), list.get(i), list.get(i - 1), set.role(), set.role());
            } else if (set.score() < 0) {
                for (int j = 0; j < i; j++) { // to keep all apart, each must avoid each
                    add(element, id, set.score(), list.get(i), list.get(j), set.role(), set.role());
                }
            }
        }
    }

    private void between(Element element, String id, int score, ColocationSet dependents, ColocationSet primaries) {
        for (String dependent : dependents.heads()) {
            for (String primary : primaries.tails()) {
                add(element, id, score, dependent, primary, dependents.role(), primaries.role());
            }
        }
    }

    private void add(
            Element element, String id, int score, String dependent, String primary, String role, String withRole) {
        if (score == 0 || dependent.isEmpty() || primary.isEmpty()) {
            return;
        }
        colocations.add(new Colocation(
                id,
                score,
                dependent,
                primary,
                role,
                withRole,
                element.getAttribute("node-attribute"),
                element.getAttribute("influence")));
    }

    private void order(Element element) {
        String id = element.getAttribute("id");
        Order.Kind kind = kind(element);
        Order.Symmetry symmetry = !element.hasAttribute("symmetrical")
                ? Order.Symmetry.USUAL
                : Words.truth(element.getAttribute("symmetrical"), true) ? Order.Symmetry.YES : Order.Symmetry.NO;
        List<Element> listed = Xml.children(element, "resource_set");
        boolean requireAll = Words.truth(Xml.text(element, "require-all", "true"), true);
        List<Order.Step> steps = new ArrayList<>();
        boolean plain = listed.isEmpty();
        if (plain) {
            String first = element.getAttribute("first");
            String then = element.getAttribute("then");
            String firstAction = Xml.text(element, "first-action", "start");
            String thenAction = Xml.text(element, "then-action", firstAction);
            if (first.isEmpty() || then.isEmpty()) {
                return;
            }
            plain = !stands(first) && !stands(then);
            steps.add(new Order.Step(id + "-first", expand(first), firstAction, !stands(first), true));
            steps.add(new Order.Step(id + "-then", expand(then), thenAction, !stands(then), true));
        }
        for (Element set : listed) {
            List<String> references = references(set);
            if (!references.isEmpty()) {
                steps.add(new Order.Step(
                        set.getAttribute("id"),
                        references,
                        Xml.text(set, "action", "start"),
                        Words.truth(Xml.text(set, "sequential", "true"), true),
                        Words.truth(Xml.text(set, "require-all", "true"), true)));
            }
        }
        steps.removeIf(step -> step.resources().isEmpty());
        if (!steps.isEmpty()) {
            orders.add(new Order(id, kind, symmetry, steps, requireAll, plain));
        }
    }

    private static Order.Kind kind(Element element) {
        if (element.hasAttribute("kind")) {
            return switch (element.getAttribute("kind").toLowerCase(Locale.ROOT)) {
                case "optional" -> Order.Kind.OPTIONAL;
                case "serialize" -> Order.Kind.SERIALIZE;
                default -> Order.Kind.MANDATORY;
            };
        }
        // an older way to say the same
        return element.hasAttribute("score") && Words.score(element.getAttribute("score")) == 0
                ? Order.Kind.OPTIONAL
                : Order.Kind.MANDATORY;
    }
}
