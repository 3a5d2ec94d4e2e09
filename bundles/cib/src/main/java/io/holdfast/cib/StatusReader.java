package io.holdfast.cib;

import io.holdfast.planner.cluster.History;
import io.holdfast.planner.cluster.Node;
import io.holdfast.planner.cluster.Resource;
import io.holdfast.planner.cluster.Rules;
import io.holdfast.planner.cluster.Words;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.w3c.dom.Element;

/** Reads the nodes, how they were seen, and what was done on them. */
final class StatusReader {
    final List<Node> nodes = new ArrayList<>();
    final List<History> histories = new ArrayList<>();
    private final Pairs pairs;
    private final long now;
    private final String leaderId;
    private final boolean panic;

    StatusReader(Element cib, Pairs pairs, long now) {
        this.pairs = pairs;
        this.now = now;
        leaderId = cib.getAttribute("dc-uuid");
        panic = Words.truth(Xml.text(cib, "no-quorum-panic", "false"), false);
    }

    void read(@Nullable Element configured, @Nullable Element status, String clusterName) {
        Map<String, Element> states = new HashMap<>();
        Map<String, Element> byName = new HashMap<>();
        Map<Element, String> names = new HashMap<>();
        for (Element state : Xml.children(status, "node_state")) {
            states.put(state.getAttribute("id"), state);
            if (state.hasAttribute("uname")) {
                byName.putIfAbsent(state.getAttribute("uname"), state);
            }
        }
        for (Element element : Xml.children(configured, "node")) {
            if (element.getAttribute("type").equals("ping")) {
                continue;
            }
            String id = element.getAttribute("id");
            String name = element.getAttribute("uname");
            Element state = states.getOrDefault(id, byName.get(name));
            node(element, id, name, state, clusterName);
            if (state != null) {
                names.put(state, name);
            }
        }
        // in the order of the status, by which instances get their numbers
        for (Element state : Xml.children(status, "node_state")) {
            String name = names.get(state);
            if (name != null) {
                histories(state, name);
            }
        }
    }

    private void node(Element element, String id, String name, @Nullable Element state, String clusterName) {
        Rules.Question question = Rules.Question.at(now);
        Map<String, String> attributes = new LinkedHashMap<>();
        Map<String, Integer> capacity =
                new LinkedHashMap<>(ResourceReader.numbers(pairs.read(element, "utilization", question)));
        attributes.putAll(pairs.read(element, "instance_attributes", question));
        if (state != null) {
            for (Element transients : Xml.children(state, "transient_attributes")) {
                attributes.putAll(pairs.read(transients, "instance_attributes", question));
                capacity.putAll(ResourceReader.numbers(pairs.read(transients, "utilization", question)));
            }
        }
        attributes.put("#uname", name);
        attributes.put("#id", id);
        attributes.put("#kind", element.getAttribute("type").equals("remote") ? "remote" : "cluster");
        attributes.put("#is_dc", Boolean.toString(id.equals(leaderId)));
        if (!clusterName.isEmpty()) {
            attributes.put("#cluster-name", clusterName);
        }
        attributes.putIfAbsent("#site-name", attributes.getOrDefault("site-name", clusterName));
        if (element.hasAttribute("score")) {
            attributes.put("#score", element.getAttribute("score"));
        }
        nodes.add(new Node(id, name, attributes, capacity, sight(state)));
    }

    private Node.Sight sight(@Nullable Element state) {
        if (state == null) {
            return Node.Sight.NEVER;
        }
        Node.Joining joining = switch (Xml.text(state, "join", "down").toLowerCase(Locale.ROOT)) {
            case "member" -> Node.Joining.MEMBER;
            case "pending" -> Node.Joining.PENDING;
            case "banned" -> Node.Joining.REFUSED;
            default -> Node.Joining.DOWN;
        };
        Node.Answer expected = !state.hasAttribute("expected")
                ? Node.Answer.UNKNOWN
                : state.getAttribute("expected").equals("member") ? Node.Answer.YES : Node.Answer.NO;
        return new Node.Sight(
                true, answer(state, "in_ccm", "true"), answer(state, "crmd", "online"), joining, expected, panic);
    }

    /** Newer clusters write the time since when it is so, 0 for not. */
    private static Node.Answer answer(Element state, String attribute, String yes) {
        if (!state.hasAttribute(attribute)) {
            return Node.Answer.UNKNOWN;
        }
        String value = state.getAttribute(attribute);
        boolean since = !value.isEmpty() && value.chars().allMatch(Character::isDigit) && !value.equals("0");
        return since || value.equalsIgnoreCase(yes) || Words.truth(value, false) ? Node.Answer.YES : Node.Answer.NO;
    }

    private void histories(Element state, String node) {
        for (Element resource : Xml.children(Xml.at(state, "lrm", "lrm_resources"), "lrm_resource")) {
            List<History.Entry> entries = Xml.children(resource, "lrm_rsc_op").stream()
                    .map(StatusReader::entry)
                    .toList();
            if (!entries.isEmpty()) {
                histories.add(new History(
                        node,
                        resource.getAttribute("id"),
                        new Resource.Agent(
                                resource.getAttribute("class"),
                                resource.getAttribute("provider"),
                                resource.getAttribute("type")),
                        entries));
            }
        }
    }

    private static History.Entry entry(Element element) {
        String[] key =
                Xml.text(element, "transition-key", transitionKey(element)).split(":", 4);
        int expected = key.length == 4 ? number(key[2]) : -1;
        History.Transition transition =
                key.length == 4 ? new History.Transition(key[3], number(key[1])) : new History.Transition("", -1);
        return new History.Entry(
                element.getAttribute("id"),
                element.getAttribute("operation"),
                Words.leadingNumber(Xml.text(element, "interval", "0")),
                number(Xml.text(element, "call-id", "-1")),
                execution(number(Xml.text(element, "op-status", "4"))),
                number(Xml.text(element, "rc-code", "1")),
                expected,
                transition,
                Words.leadingNumber(Xml.text(element, "last-rc-change", Xml.text(element, "last-run", "-1"))),
                element.getAttribute("migrate_source"),
                element.getAttribute("migrate_target"),
                element.getAttribute("op-digest"),
                element.getAttribute("op-restart-digest"),
                element.getAttribute("op-force-restart"));
    }

    private static String transitionKey(Element element) {
        String magic = element.getAttribute("transition-magic");
        int semicolon = magic.indexOf(';');
        return semicolon < 0 ? "" : magic.substring(semicolon + 1);
    }

    private static int number(String text) {
        return (int) Words.leadingNumber(text);
    }

    private static History.Execution execution(int status) {
        return switch (status) {
            case -1 -> History.Execution.PENDING;
            case 0 -> History.Execution.DONE;
            case 1 -> History.Execution.CANCELLED;
            case 2 -> History.Execution.TIMEOUT;
            case 3 -> History.Execution.NOT_SUPPORTED;
            case 4 -> History.Execution.ERROR;
            case 5 -> History.Execution.ERROR_HARD;
            case 6 -> History.Execution.ERROR_FATAL;
            case 7 -> History.Execution.NOT_INSTALLED;
            default -> History.Execution.OTHER;
        };
    }
}
