package io.holdfast.cib;

import io.holdfast.planner.cluster.Resource;
import io.holdfast.planner.cluster.Rules;
import io.holdfast.planner.cluster.Words;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.w3c.dom.Element;

/** Reads primitives, groups and clones, with what templates and defaults add to them. */
final class ResourceReader {
    /** Older names of options. */
    private static final Map<String, String> RENAMED = Map.of(
            "master-max", "promoted-max",
            "master-node-max", "promoted-node-max",
            "isolation", "isolation");

    /** What those within get from what is around them. */
    private record Inherited(Map<String, String> meta, Map<String, String> parameters) {
        static final Inherited NOTHING = new Inherited(Map.of(), Map.of());
    }

    private final Pairs pairs;
    private final long now;
    private final @Nullable Element resourceDefaults;
    private final @Nullable Element operationDefaults;
    private final Map<String, Element> templates = new HashMap<>();
    /** Which resources were made from a template. */
    final Map<String, List<String>> madeFrom = new LinkedHashMap<>();

    ResourceReader(Element configuration, Pairs pairs, long now) {
        this.pairs = pairs;
        this.now = now;
        resourceDefaults = Xml.at(configuration, "rsc_defaults");
        operationDefaults = Xml.at(configuration, "op_defaults");
        for (Element template : Xml.children(Xml.at(configuration, "resources"), "template")) {
            templates.put(template.getAttribute("id"), template);
            madeFrom.put(template.getAttribute("id"), new ArrayList<>());
        }
    }

    List<Resource> read(@Nullable Element resources) {
        List<Resource> found = new ArrayList<>();
        if (resources != null) {
            for (Element element : Xml.children(resources)) {
                Resource resource = resource(element, Inherited.NOTHING);
                if (resource != null) {
                    found.add(resource);
                }
            }
        }
        return found;
    }

    private @Nullable Resource resource(Element element, Inherited inherited) {
        return switch (element.getTagName()) {
            case "primitive" -> primitive(element, inherited);
            case "group" -> collective(element, Resource.Kind.GROUP, inherited);
            case "clone", "master" -> collective(element, Resource.Kind.CLONE, inherited);
            default -> null;
        };
    }

    private Resource collective(Element element, Resource.Kind kind, Inherited inherited) {
        Map<String, String> own = own(element, null, Resource.Agent.NONE);
        if (element.getTagName().equals("master")) {
            own.putIfAbsent("promotable", "true");
        }
        Map<String, String> handedDown = new LinkedHashMap<>(own);
        inherited.meta().forEach(handedDown::putIfAbsent);
        if (kind == Resource.Kind.CLONE) {
            // copies stay where they are, or their numbers would be shuffled
            defaults(Resource.Agent.NONE).forEach((name, value) -> {
                if (name.equals("resource-stickiness")) {
                    handedDown.putIfAbsent(name, value);
                }
            });
            handedDown.putIfAbsent("resource-stickiness", "1");
        }
        Map<String, String> parameters =
                new LinkedHashMap<>(pairs.read(element, "instance_attributes", question(Resource.Agent.NONE, "", 0)));
        inherited.parameters().forEach(parameters::putIfAbsent);
        Map<String, String> meta = new LinkedHashMap<>(handedDown);
        handedDown.remove("ordered"); // of a clone it means something else than of a group
        defaults(Resource.Agent.NONE).forEach(meta::putIfAbsent);
        List<Resource> members = new ArrayList<>();
        for (Element child : Xml.children(element)) {
            Resource member = resource(child, new Inherited(handedDown, parameters));
            if (member != null) {
                members.add(member);
            }
        }
        return new Resource(
                element.getAttribute("id"), kind, Resource.Agent.NONE, meta, Map.of(), Map.of(), List.of(), members);
    }

    private Resource primitive(Element element, Inherited inherited) {
        String id = element.getAttribute("id");
        Element template = templates.get(element.getAttribute("template"));
        Element described = template == null ? element : template;
        if (template != null) {
            madeFrom.computeIfAbsent(template.getAttribute("id"), unused -> new ArrayList<>())
                    .add(id);
        }
        Resource.Agent agent = new Resource.Agent(
                described.getAttribute("class"), described.getAttribute("provider"), described.getAttribute("type"));
        Map<String, String> meta = own(element, template, agent);
        inherited.meta().forEach(meta::putIfAbsent);
        defaults(agent).forEach(meta::putIfAbsent);
        Rules.Question question = question(agent, "", 0);
        Map<String, String> parameters = new LinkedHashMap<>(pairs.read(element, "instance_attributes", question));
        boolean perNode = pairs.conditional(element, "instance_attributes");
        Map<String, Integer> demand = numbers(pairs.read(element, "utilization", question));
        List<Resource.Operation> operations = new ArrayList<>(operations(element, agent));
        if (template != null) {
            pairs.read(template, "instance_attributes", question).forEach(parameters::putIfAbsent);
            perNode |= pairs.conditional(template, "instance_attributes");
            numbers(pairs.read(template, "utilization", question)).forEach(demand::putIfAbsent);
            for (Resource.Operation operation : operations(template, agent)) {
                if (operations.stream().noneMatch(own -> same(own, operation))) {
                    operations.add(operation);
                }
            }
        }
        inherited.parameters().forEach(parameters::putIfAbsent);
        if (perNode) {
            meta.put("holdfast-parameters-per-node", "true");
        }
        return new Resource(id, Resource.Kind.PRIMITIVE, agent, meta, parameters, demand, operations, List.of());
    }

    private static boolean same(Resource.Operation a, Resource.Operation b) {
        return a.name().equals(b.name()) && a.intervalMillis() == b.intervalMillis();
    }

    private Map<String, String> own(Element element, @Nullable Element template, Resource.Agent agent) {
        Map<String, String> meta = new LinkedHashMap<>();
        Rules.Question question = question(agent, "", 0);
        put(meta, pairs.read(element, "meta_attributes", question));
        if (template != null) {
            put(meta, pairs.read(template, "meta_attributes", question));
        }
        return meta;
    }

    private Map<String, String> defaults(Resource.Agent agent) {
        Map<String, String> meta = new LinkedHashMap<>();
        if (resourceDefaults != null) {
            put(meta, pairs.read(resourceDefaults, "meta_attributes", question(agent, "", 0)));
        }
        return meta;
    }

    private static void put(Map<String, String> meta, Map<String, String> values) {
        values.forEach((name, value) -> {
            String plain = name.replace('_', '-');
            meta.putIfAbsent(RENAMED.getOrDefault(plain, plain), value);
        });
    }

    private Rules.Question question(Resource.Agent agent, String operation, long interval) {
        return new Rules.Question(name -> null, Map.of(), Map.of(), agent, operation, interval, now);
    }

    private List<Resource.Operation> operations(Element primitive, Resource.Agent agent) {
        List<Resource.Operation> found = new ArrayList<>();
        for (Element block : Xml.children(primitive, "operations")) {
            for (Element listed : Xml.children(pairs.resolve(block), "op")) {
                Element element = pairs.resolve(listed);
                String name = element.getAttribute("name");
                long interval = Words.millis(Xml.text(element, "interval", "0"), 0);
                Map<String, String> meta = new LinkedHashMap<>();
                for (int i = 0; i < element.getAttributes().getLength(); i++) {
                    meta.put(
                            element.getAttributes().item(i).getNodeName(),
                            element.getAttributes().item(i).getNodeValue());
                }
                Rules.Question question = question(agent, name, interval);
                pairs.read(element, "meta_attributes", question).forEach(meta::putIfAbsent);
                pairs.read(element, "instance_attributes", question).forEach(meta::putIfAbsent);
                operationDefaults(question).forEach(meta::putIfAbsent);
                found.add(new Resource.Operation(name, interval, meta));
            }
        }
        for (String name : List.of("start", "stop", "promote", "demote", "monitor", "migrate_to", "migrate_from")) {
            Map<String, String> meta = operationDefaults(question(agent, name, 0));
            if (!meta.isEmpty() && found.stream().noneMatch(op -> op.name().equals(name) && op.intervalMillis() == 0)) {
                Map<String, String> marked = new LinkedHashMap<>(meta);
                marked.put("holdfast-default", "true");
                found.add(new Resource.Operation(name, 0, marked));
            }
        }
        return found;
    }

    private Map<String, String> operationDefaults(Rules.Question question) {
        return operationDefaults == null ? Map.of() : pairs.read(operationDefaults, "meta_attributes", question);
    }

    static Map<String, Integer> numbers(Map<String, String> values) {
        Map<String, Integer> numbers = new LinkedHashMap<>();
        values.forEach((name, value) -> numbers.put(name, (int) Words.leadingNumber(value.trim())));
        return numbers;
    }
}
