package io.holdfast.cib;

import io.holdfast.planner.cluster.Rule;
import io.holdfast.planner.cluster.Words;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.w3c.dom.Element;
import org.w3c.dom.NamedNodeMap;

/** Reads conditions. */
final class RuleReader {
    private RuleReader() {}

    static Rule read(Element rule) {
        List<Rule> parts = Xml.children(rule).stream()
                .map(RuleReader::part)
                .filter(Objects::nonNull)
                .map(Objects::requireNonNull)
                .toList();
        boolean all = !rule.getAttribute("boolean-op").equalsIgnoreCase("or");
        return new Rule.Several(all, parts);
    }

    private static @org.jspecify.annotations.Nullable Rule part(Element element) {
        return switch (element.getTagName()) {
            case "rule" -> read(element);
            case "expression" ->
                new Rule.Attribute(
                        element.getAttribute("attribute"),
                        element.getAttribute("operation"),
                        element.getAttribute("value"),
                        element.getAttribute("type"),
                        element.getAttribute("value-source"));
            case "date_expression" -> date(element);
            case "rsc_expression" ->
                new Rule.AgentIs(
                        element.getAttribute("class"), element.getAttribute("provider"), element.getAttribute("type"));
            case "op_expression" ->
                new Rule.OperationIs(
                        element.getAttribute("name"),
                        element.hasAttribute("interval") ? Words.millis(element.getAttribute("interval"), 0) : -1);
            default -> null;
        };
    }

    private static Rule date(Element element) {
        String operation = Xml.text(element, "operation", "in_range");
        long start = Dates.seconds(element.getAttribute("start")).orElse(Long.MIN_VALUE);
        long end = Dates.seconds(element.getAttribute("end")).orElse(Long.MAX_VALUE);
        Optional<Element> duration = Xml.child(element, "duration");
        if (end == Long.MAX_VALUE && duration.isPresent() && start != Long.MIN_VALUE) {
            end = Dates.plus(start, duration.get());
        }
        Map<String, String> calendar = new HashMap<>();
        Xml.child(element, "date_spec").ifPresent(spec -> {
            NamedNodeMap attributes = spec.getAttributes();
            for (int i = 0; i < attributes.getLength(); i++) {
                String name = attributes.item(i).getNodeName();
                if (!name.equals("id")) {
                    calendar.put(name, attributes.item(i).getNodeValue());
                }
            }
        });
        return new Rule.Time(operation, start, end, calendar);
    }
}
