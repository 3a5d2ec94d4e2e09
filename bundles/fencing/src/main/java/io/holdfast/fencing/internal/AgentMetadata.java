package io.holdfast.fencing.internal;

import io.holdfast.api.fencing.FenceException;
import io.holdfast.api.fencing.FenceParameter;
import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;
import org.xml.sax.helpers.DefaultHandler;

/**
 * What a fence agent says of itself.
 *
 * @param description one sentence
 * @param actions what it can do; empty if it does not say
 */
record AgentMetadata(String description, List<String> actions, SortedMap<String, FenceParameter> parameters) {

    /** {@return the metadata in this XML; {@code name} is the executable's, which may be one of several of the agent} */
    static AgentMetadata parse(String agent, String name, String xml) throws FenceException {
        Document document;
        try {
            DocumentBuilder builder = builder();
            builder.setErrorHandler(new DefaultHandler()); // the usual one prints
            document = builder.parse(new InputSource(new StringReader(xml)));
        } catch (ParserConfigurationException e) {
            throw new IllegalStateException("This Java has no XML parser that refuses external entities", e);
        } catch (SAXException | IOException e) {
            throw new FenceException(agent + " gives metadata that is no XML: " + e.getMessage());
        }
        SortedMap<String, FenceParameter> parameters = new TreeMap<>();
        elements(document.getDocumentElement(), "parameter").forEach(parameter -> {
            FenceParameter read = parameter(parameter);
            parameters.merge(read.name(), read, (one, other) -> one.deprecated() ? other : one);
        });
        if (parameters.isEmpty()) {
            throw new FenceException(agent + " names no parameters in its metadata: it is no fence agent");
        }
        List<String> actions = elements(document.getDocumentElement(), "action")
                .map(action -> action.getAttribute("name"))
                .distinct()
                .sorted()
                .toList();
        return new AgentMetadata(description(document.getDocumentElement(), name), actions, parameters);
    }

    /** A fence agent is not trusted more than other input: nothing outside its own text is read. */
    private static DocumentBuilder builder() throws ParserConfigurationException {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
        factory.setFeature("http://xml.org/sax/features/external-general-entities", false);
        factory.setFeature("http://xml.org/sax/features/external-parameter-entities", false);
        factory.setFeature("http://apache.org/xml/features/nonvalidating/load-external-dtd", false);
        factory.setExpandEntityReferences(false);
        return factory.newDocumentBuilder();
    }

    private static FenceParameter parameter(Element parameter) {
        Optional<Element> content = elements(parameter, "content").findFirst();
        Optional<String> usual = content.filter(found -> found.hasAttribute("default"))
                .map(found -> found.getAttribute("default"))
                .filter(value -> !value.isEmpty());
        return new FenceParameter(
                parameter.getAttribute("name"),
                content.map(found -> found.getAttribute("type"))
                        .filter(type -> !type.isEmpty())
                        .orElse("string"),
                usual,
                parameter.getAttribute("required").equals("1")
                        && content.filter(found -> found.hasAttribute("default"))
                                .isEmpty(),
                content.stream()
                        .flatMap(found -> elements(found, "option"))
                        .map(option -> option.getAttribute("value"))
                        .toList(),
                text(parameter, "shortdesc"),
                parameter.getAttribute("deprecated").equals("1"));
    }

    /** One program may serve several names, each with a sentence of its own. */
    private static String description(Element root, String name) {
        return elements(root, "symlink")
                .filter(link -> link.getAttribute("name").equals(name))
                .map(link -> link.getAttribute("shortdesc"))
                .findFirst()
                .orElseGet(() -> root.getAttribute("shortdesc"))
                .strip();
    }

    private static String text(Element parent, String name) {
        return elements(parent, name)
                .findFirst()
                .map(found -> found.getTextContent().strip().replaceAll("\\s+", " "))
                .orElse("");
    }

    private static Stream<Element> elements(Element parent, String name) {
        NodeList found = parent.getElementsByTagName(name);
        List<Element> elements = new ArrayList<>();
        for (int i = 0; i < found.getLength(); i++) {
            elements.add((Element) found.item(i));
        }
        return elements.stream();
    }

    /** {@return whether it says what it can do, and that is not among it} */
    boolean lacks(String action) {
        return !actions.isEmpty() && !actions.contains(action);
    }

    boolean knows(String parameter) {
        return parameters.containsKey(parameter);
    }

    /** {@return why it cannot prove that a node is off, empty if it can} An agent that names no actions gets the benefit of the doubt. */
    String lacking() {
        if (lacks("off")) {
            return "it cannot switch off and leave off, so nothing can be proved by it";
        }
        return lacks("status") ? "it cannot tell whether a node is off, so its 'done' cannot be confirmed" : "";
    }

    /** {@return the value that holds for a parameter: what is given, else what is usual} */
    Optional<String> value(String name, Map<String, String> given) {
        return Optional.ofNullable(given.get(name))
                .or(() -> Optional.ofNullable(parameters.get(name)).flatMap(FenceParameter::usual));
    }
}
