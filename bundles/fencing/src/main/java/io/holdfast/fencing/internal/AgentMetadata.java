package io.holdfast.fencing.internal;

import io.holdfast.api.fencing.FenceException;
import java.io.IOException;
import java.io.StringReader;
import java.util.Map;
import java.util.TreeMap;
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

/** What a fence agent says of its parameters. */
record AgentMetadata(Map<String, Parameter> parameters) {

    /** A parameter; {@code description} is for people and may be empty. */
    record Parameter(boolean required, String description) {
        String hint() {
            return description.isEmpty() ? "" : " (" + description + ")";
        }
    }

    /** {@return the metadata in this XML} */
    static AgentMetadata parse(String agent, String xml) throws FenceException {
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
        NodeList found = document.getElementsByTagName("parameter");
        Map<String, Parameter> parameters = new TreeMap<>();
        for (int i = 0; i < found.getLength(); i++) {
            Element parameter = (Element) found.item(i);
            parameters.put(
                    parameter.getAttribute("name"),
                    new Parameter(
                            parameter.getAttribute("required").equals("1") && !hasDefault(parameter),
                            described(parameter)));
        }
        if (parameters.isEmpty()) {
            throw new FenceException(agent + " names no parameters in its metadata: it is no fence agent");
        }
        return new AgentMetadata(parameters);
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

    private static boolean hasDefault(Element parameter) {
        NodeList content = parameter.getElementsByTagName("content");
        return content.getLength() > 0 && ((Element) content.item(0)).hasAttribute("default");
    }

    private static String described(Element parameter) {
        NodeList texts = parameter.getElementsByTagName("shortdesc");
        return texts.getLength() == 0 ? "" : texts.item(0).getTextContent().strip();
    }
}
