package io.holdfast.agents.ocf.internal;

import io.holdfast.api.resource.Parameter;
import io.holdfast.api.resource.Promotion;
import io.holdfast.api.resource.TypeDescription;
import java.io.IOException;
import java.io.StringReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;
import org.xml.sax.helpers.DefaultHandler;

/**
 * What an agent says of itself.
 *
 * @param description as people see it
 * @param actions the names of its actions
 */
record MetaData(TypeDescription description, List<String> actions) {
    private static final Duration USUAL = Duration.ofSeconds(20);
    private static final Duration INTERVAL = Duration.ofSeconds(10);
    /** What a description lists as a value: in quotes, with a colon behind. */
    private static final Pattern LISTED_VALUE = Pattern.compile("(?:^|\\s)\"([^\"]+)\"\\s*:");

    private static final Pattern TIME = Pattern.compile("(\\d{1,9})\\s*([a-z]*)");

    /** What an agent says cannot be understood; the message says why. */
    static final class Unreadable extends Exception {
        Unreadable(String message) {
            super(message);
        }
    }

    /** Reads it. Agents name a DTD, which is neither fetched nor obeyed; nothing outside the text is read. */
    static MetaData parse(String type, String text) throws Unreadable {
        int begin = Stream.of(text.indexOf("<?xml"), text.indexOf("<!DOCTYPE"), text.indexOf("<resource-agent"))
                .filter(index -> index >= 0)
                .min(Integer::compare)
                .orElseThrow(() -> new Unreadable("its meta-data is no XML: " + Texts.start(text)));
        Element root = document(text.substring(begin));
        if (!root.getTagName().equals("resource-agent")) {
            throw new Unreadable("its meta-data begins with <" + root.getTagName() + "> instead of <resource-agent>");
        }
        List<Element> actions = children(root, "actions")
                .flatMap(list -> children(list, "action"))
                .toList();
        return new MetaData(
                new TypeDescription(
                        type,
                        text(root, "shortdesc").orElse(type),
                        children(root, "parameters")
                                .flatMap(list -> children(list, "parameter"))
                                .map(MetaData::parameter)
                                .filter(parameter -> !parameter.name().isBlank())
                                .toList(),
                        time(actions, "start", "timeout").orElse(USUAL),
                        time(actions, "stop", "timeout").orElse(USUAL),
                        time(actions, "monitor", "timeout").orElse(USUAL),
                        time(actions, "monitor", "interval").orElse(INTERVAL),
                        false,
                        promotion(actions)),
                actions.stream()
                        .map(action -> action.getAttribute("name"))
                        .distinct()
                        .toList());
    }

    /** Whether it can be promoted: it knows both actions, whether or not it says how long they take. */
    private static Optional<Promotion> promotion(List<Element> actions) {
        List<String> names =
                actions.stream().map(action -> action.getAttribute("name")).toList();
        return names.contains("promote") && names.contains("demote")
                ? Optional.of(new Promotion(
                        time(actions, "promote", "timeout").orElse(USUAL),
                        time(actions, "demote", "timeout").orElse(USUAL)))
                : Optional.empty();
    }

    private static Element document(String xml) throws Unreadable {
        try {
            DocumentBuilderFactory factory = DocumentBuilderFactory.newDefaultInstance();
            factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
            factory.setFeature("http://xml.org/sax/features/external-general-entities", false);
            factory.setFeature("http://xml.org/sax/features/external-parameter-entities", false);
            factory.setFeature("http://apache.org/xml/features/nonvalidating/load-external-dtd", false);
            factory.setAttribute(XMLConstants.ACCESS_EXTERNAL_DTD, "");
            factory.setAttribute(XMLConstants.ACCESS_EXTERNAL_SCHEMA, "");
            factory.setXIncludeAware(false);
            factory.setExpandEntityReferences(false);
            DocumentBuilder builder = factory.newDocumentBuilder();
            builder.setErrorHandler(new DefaultHandler()); // throws what is fatal, prints nothing
            builder.setEntityResolver((publicId, systemId) -> new InputSource(new StringReader("")));
            return builder.parse(new InputSource(new StringReader(xml))).getDocumentElement();
        } catch (SAXException | IOException e) {
            throw new Unreadable("its meta-data is not valid XML: " + e.getMessage());
        } catch (ParserConfigurationException e) {
            throw new IllegalStateException(e); // the JDK's own parser knows these settings
        }
    }

    /**
     * The default value goes into the description only: an agent fills in its own, and what some write into their meta-data is not
     * what they do.
     */
    private static Parameter parameter(Element element) {
        Optional<Element> content = children(element, "content").findFirst();
        String kind = content.map(found -> found.getAttribute("type"))
                .orElse("string")
                .toLowerCase(Locale.ROOT);
        String value = content.map(found -> found.getAttribute("default")).orElse("");
        boolean required = yes(element.getAttribute("required")) && value.isEmpty();
        String said =
                text(element, "shortdesc").or(() -> text(element, "longdesc")).orElse("");
        return new Parameter(
                element.getAttribute("name").strip(),
                switch (kind) {
                    case "integer" -> Parameter.Kind.INTEGER;
                    case "boolean" ->
                        namesOtherValues(text(element, "longdesc").orElse(""))
                                ? Parameter.Kind.STRING
                                : Parameter.Kind.BOOLEAN;
                    default -> Parameter.Kind.STRING;
                },
                required,
                Optional.empty(),
                value.isEmpty() ? said : said + " (default: " + value + ")");
    }

    /** Some agents call a parameter boolean and describe a further value, as Filesystem its {@code force_unmount}: "safe". */
    private static boolean namesOtherValues(String description) {
        return LISTED_VALUE
                .matcher(description)
                .results()
                .anyMatch(value -> !value.group(1).matches("(?i)true|false|yes|no|on|off|1|0"));
    }

    private static boolean yes(String text) {
        return text.equals("1") || text.equalsIgnoreCase("true") || text.equalsIgnoreCase("yes");
    }

    private static Optional<Duration> time(List<Element> actions, String action, String attribute) {
        return actions.stream()
                .filter(element -> element.getAttribute("name").equals(action)
                        && List.of("", "0")
                                .contains(element.getAttribute("depth").strip())
                        && !element.getAttribute("role").matches("(?i)master|promoted"))
                .map(element -> time(element.getAttribute(attribute)))
                .flatMap(Optional::stream)
                .filter(time -> !time.isZero())
                .findFirst();
    }

    /** OCF writes seconds as a bare number. */
    static Optional<Duration> time(String text) {
        Matcher matcher = TIME.matcher(text.strip().toLowerCase(Locale.ROOT));
        if (!matcher.matches()) {
            return Optional.empty();
        }
        long number = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "", "s", "sec" -> Optional.of(Duration.ofSeconds(number));
            case "ms", "msec" -> Optional.of(Duration.ofMillis(number));
            case "m", "min" -> Optional.of(Duration.ofMinutes(number));
            case "h", "hr" -> Optional.of(Duration.ofHours(number));
            default -> Optional.empty();
        };
    }

    private static Optional<String> text(Element parent, String name) {
        return children(parent, name)
                .map(element -> element.getTextContent().strip().replaceAll("\\s+", " "))
                .filter(text -> !text.isEmpty())
                .findFirst();
    }

    private static Stream<Element> children(Element parent, String name) {
        List<Element> found = new ArrayList<>();
        NodeList all = parent.getChildNodes();
        for (int index = 0; index < all.getLength(); index++) {
            Node node = all.item(index);
            if (node instanceof Element element && element.getTagName().equals(name)) {
                found.add(element);
            }
        }
        return found.stream();
    }
}
