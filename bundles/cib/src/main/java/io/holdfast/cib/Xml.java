package io.holdfast.cib;

import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.jspecify.annotations.Nullable;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.xml.sax.ErrorHandler;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;
import org.xml.sax.SAXParseException;

/** Parses without following anything out of the text, and walks what came of it. */
final class Xml {
    private Xml() {}

    static Element parse(String text) throws CibException {
        try {
            DocumentBuilderFactory factory = DocumentBuilderFactory.newDefaultInstance();
            factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
            factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
            factory.setFeature("http://xml.org/sax/features/external-general-entities", false);
            factory.setFeature("http://xml.org/sax/features/external-parameter-entities", false);
            factory.setXIncludeAware(false);
            factory.setExpandEntityReferences(false);
            DocumentBuilder builder = factory.newDocumentBuilder();
            builder.setErrorHandler(new Throwing());
            return builder.parse(new InputSource(new StringReader(text))).getDocumentElement();
        } catch (SAXParseException e) {
            throw new CibException("line " + e.getLineNumber() + ": " + e.getMessage());
        } catch (SAXException | IOException e) {
            throw new CibException(String.valueOf(e.getMessage()));
        } catch (ParserConfigurationException e) {
            throw new IllegalStateException("this Java has no XML parser that can be told to be careful", e);
        }
    }

    static List<Element> children(Element parent) {
        List<Element> found = new ArrayList<>();
        for (Node node = parent.getFirstChild(); node != null; node = node.getNextSibling()) {
            if (node instanceof Element element) {
                found.add(element);
            }
        }
        return found;
    }

    static List<Element> children(@Nullable Element parent, String name) {
        return parent == null
                ? List.of()
                : children(parent).stream()
                        .filter(child -> child.getTagName().equals(name))
                        .toList();
    }

    static Optional<Element> child(@Nullable Element parent, String name) {
        return children(parent, name).stream().findFirst();
    }

    /** The child at the end of a path of names, if there is one. */
    static @Nullable Element at(Element from, String... path) {
        Element at = from;
        for (String name : path) {
            Optional<Element> next = child(at, name);
            if (next.isEmpty()) {
                return null;
            }
            at = next.get();
        }
        return at;
    }

    static String text(Element element, String attribute, String usual) {
        return element.hasAttribute(attribute) ? element.getAttribute(attribute) : usual;
    }

    private static final class Throwing implements ErrorHandler {
        @Override
        public void warning(SAXParseException e) {
            // a text with a warning is read all the same
        }

        @Override
        public void error(SAXParseException e) throws SAXException {
            throw e;
        }

        @Override
        public void fatalError(SAXParseException e) throws SAXException {
            throw e;
        }
    }
}
