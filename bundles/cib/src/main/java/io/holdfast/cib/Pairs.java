package io.holdfast.cib;

import io.holdfast.planner.cluster.Rules;
import io.holdfast.planner.cluster.Words;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.w3c.dom.Element;

/** Blocks of names and values, some of which hold only under a condition. */
final class Pairs {
    private final Map<String, Element> byId = new HashMap<>();

    /** Knows every element of the document by its id, so that blocks may refer to others. */
    Pairs(Element root) {
        index(root);
    }

    private void index(Element element) {
        String id = element.getAttribute("id");
        String tag = element.getTagName();
        if (!id.isEmpty()
                && (tag.endsWith("_attributes")
                        || tag.equals("nvpair")
                        || tag.equals("operations")
                        || tag.equals("rule")
                        || tag.equals("utilization")
                        || tag.equals("cluster_property_set")
                        || tag.equals("op"))) {
            byId.putIfAbsent(id, element);
        }
        if (!tag.equals("lrm")) {
            Xml.children(element).forEach(this::index);
        }
    }

    /** The element that this one stands for. */
    Element resolve(Element element) {
        String reference = element.getAttribute("id-ref");
        return reference.isEmpty() ? element : byId.getOrDefault(reference, element);
    }

    /** What the blocks of this name in {@code parent} say; the first to name something wins, the highest score first. */
    Map<String, String> read(Element parent, String block, Rules.Question question) {
        return read(parent, block, "", question);
    }

    /** The same; the block with the id {@code first} comes before the others. */
    Map<String, String> read(Element parent, String block, String first, Rules.Question question) {
        Map<String, String> values = new LinkedHashMap<>();
        List<Element> blocks = Xml.children(parent, block).stream()
                .map(this::resolve)
                .sorted(Comparator.comparing((Element element) -> !first.equals(element.getAttribute("id")))
                        .thenComparing(element -> -Words.score(element.getAttribute("score"))))
                .toList();
        for (Element element : blocks) {
            boolean holds = Xml.children(element, "rule").stream()
                    .allMatch(rule -> Rules.holds(RuleReader.read(resolve(rule)), question));
            if (holds) {
                for (Element pair : Xml.children(element, "nvpair")) {
                    Element meant = resolve(pair);
                    String name = Xml.text(pair, "name", meant.getAttribute("name"));
                    if (meant.hasAttribute("value")
                            && !meant.getAttribute("value").equals("#default")) {
                        values.putIfAbsent(name, meant.getAttribute("value"));
                    }
                }
            }
        }
        return values;
    }

    /** Whether what the blocks say depends on the node. */
    boolean conditional(Element parent, String block) {
        return Xml.children(parent, block).stream()
                .anyMatch(element -> Xml.child(resolve(element), "rule").isPresent());
    }
}
