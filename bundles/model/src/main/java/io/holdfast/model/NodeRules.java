package io.holdfast.model;

import java.util.Set;

/** What people want of nodes and of the whole, and events that follow from nothing else. */
final class NodeRules {
    private static final Set<String> SEVERITIES = Set.of("info", "warn", "error");
    private static final int MOST_ATTRIBUTES = 100;
    private static final int LONGEST_ATTRIBUTE = 1000;
    private static final int LONGEST_EVENT = 4000;

    private NodeRules() {}

    static long standby(Draft draft, Command.Standby standby) {
        NodeRecord node = draft.node(standby.node());
        draft.put(node.standingBy(standby.on()));
        draft.info(
                node.name(),
                "",
                standby.who()
                        + (standby.on() ? " puts " : " takes ")
                        + node.name()
                        + (standby.on()
                                ? " in standby: everything moves away from it"
                                : " out of standby: it may run resources again"));
        return draft.index;
    }

    static long maintenance(Draft draft, Command.Maintenance maintenance) {
        String target = maintenance.target();
        String name = target.isEmpty() ? "the whole cluster" : target;
        if (target.isEmpty()) {
            draft.maintenance = maintenance.on();
        } else if (named(draft, target)) {
            WishRules.maintain(draft, target, maintenance.on());
        } else if (draft.nodes.containsKey(target)) {
            draft.put(draft.node(target).maintained(maintenance.on()));
        } else {
            throw new Refusal("There is no resource, group or node " + target);
        }
        boolean isNode = draft.nodes.containsKey(target) && !named(draft, target);
        draft.info(
                isNode ? target : "",
                isNode ? "" : target,
                maintenance.who()
                        + (maintenance.on()
                                ? " puts " + name + " in maintenance: nothing is started, stopped or monitored"
                                : " ends the maintenance of " + name));
        return draft.index;
    }

    private static boolean named(Draft draft, String name) {
        return !draft.configuration.expand(name).isEmpty()
                || !Instances.of(draft).expand(name).isEmpty();
    }

    static long attribute(Draft draft, Command.Attribute attribute) {
        NodeRecord node = draft.node(attribute.node());
        String what = "Attribute " + attribute.key() + " of " + node.name();
        if (attribute.key().isBlank()
                || attribute.key().length() + attribute.value().length() > LONGEST_ATTRIBUTE) {
            throw new Refusal(what + " refused: a key is not empty, and key and value have at most " + LONGEST_ATTRIBUTE
                    + " characters together");
        }
        if (attribute.value().isEmpty()) {
            draft.put(node.described(node.attributes().minus(attribute.key())));
            draft.info(
                    node.name(), "", attribute.who() + " removes attribute " + attribute.key() + " of " + node.name());
            return draft.index;
        }
        if (node.attributes().size() >= MOST_ATTRIBUTES && !node.attributes().containsKey(attribute.key())) {
            throw new Refusal(
                    what + " refused: a node has at most " + MOST_ATTRIBUTES + "; remove one by an empty value");
        }
        draft.put(node.described(node.attributes().plus(attribute.key(), attribute.value())));
        draft.info(
                node.name(),
                "",
                attribute.who() + " sets attribute " + attribute.key() + " of " + node.name() + " to "
                        + attribute.value());
        return draft.index;
    }

    static long announce(Draft draft, Command.Announce announce) {
        if (!SEVERITIES.contains(announce.severity())) {
            throw new Refusal("Event refused: severity '" + announce.severity() + "' is not info, warn or error");
        }
        String text = announce.text();
        draft.event(
                announce.node(),
                announce.resource(),
                announce.severity(),
                text.length() <= LONGEST_EVENT ? text : text.substring(0, LONGEST_EVENT) + " ...");
        return draft.index;
    }
}
