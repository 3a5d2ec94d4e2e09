package io.holdfast.deploy;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.MatchResult;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import javax.xml.transform.TransformerException;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import org.w3c.dom.Attr;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;
import org.w3c.dom.Text;
import org.xml.sax.SAXException;

/** A list of Karaf's features, as XML. */
final class FeatureList {
    /** Parsing it takes some times as much memory. */
    private static final int LARGEST = 4 << 20;

    private static final String NONE = "0.0.0";

    /**
     * One feature that the list defines.
     *
     * @param manual whether it is installed only where somebody asks for it
     */
    record Feature(String name, String version, boolean manual) {}

    private final Document document;

    private FeatureList(Document document) {
        this.document = document;
    }

    /**
     * Reads one, or what is another kind of XML, see {@link #is}.
     *
     * @throws IOException if it is no XML
     */
    static FeatureList read(InputStream in, String name) throws IOException {
        byte[] bytes = in.readNBytes(LARGEST + 1);
        if (bytes.length > LARGEST) {
            throw new IOException(name + " has more than " + (LARGEST >> 20) + " MiB");
        }
        try {
            DocumentBuilderFactory factory = DocumentBuilderFactory.newDefaultInstance();
            factory.setNamespaceAware(true);
            factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
            factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
            DocumentBuilder builder = factory.newDocumentBuilder();
            builder.setErrorHandler(null);
            return new FeatureList(builder.parse(new java.io.ByteArrayInputStream(bytes)));
        } catch (SAXException | ParserConfigurationException e) {
            throw new IOException(name + " is no XML: " + e.getMessage(), e);
        }
    }

    boolean is() {
        return "features".equals(document.getDocumentElement().getLocalName());
    }

    private List<Element> defined() {
        return children(document.getDocumentElement(), "feature");
    }

    private static List<Element> children(Element parent, String name) {
        List<Element> found = new ArrayList<>();
        for (Node child = parent.getFirstChild(); child != null; child = child.getNextSibling()) {
            if (child instanceof Element element && name.equals(element.getLocalName())) {
                found.add(element);
            }
        }
        return found;
    }

    /** {@return what it defines, in its order} */
    List<Feature> features() {
        return defined().stream()
                .map(feature -> new Feature(
                        feature.getAttribute("name"),
                        feature.hasAttribute("version") ? feature.getAttribute("version") : NONE,
                        "manual".equals(feature.getAttribute("install"))))
                .toList();
    }

    /** {@return whether an element of that name is anywhere in it} */
    boolean has(String element) {
        return document.getElementsByTagNameNS("*", element).getLength() > 0;
    }

    /** Gives the list another name, and each feature in {@code own} a name that ends with the mark, wherever it is spoken of. */
    void mark(Set<String> own, String mark) {
        document.getDocumentElement().setAttribute("name", "deployed-" + mark);
        for (Element feature : defined()) {
            feature.setAttribute("name", feature.getAttribute("name") + "-" + mark);
            rename(feature.getElementsByTagNameNS("*", "feature"), own, mark);
            rename(feature.getElementsByTagNameNS("*", "condition"), own, mark);
        }
    }

    private static void rename(NodeList elements, Set<String> own, String mark) {
        for (int i = 0; i < elements.getLength(); i++) {
            Element element = (Element) elements.item(i);
            String name = element.getTextContent().strip().split("/")[0];
            if (own.contains(name)) {
                element.removeAttribute("version"); // one of it is there
                element.setTextContent(name + "-" + mark);
            }
        }
    }

    /** Puts something else in the place of each {@code mvn:} address. */
    void replaceAddresses(UnaryOperator<String> replacement) {
        replace(document.getDocumentElement(), replacement);
    }

    private static void replace(Element element, UnaryOperator<String> replacement) {
        for (int i = 0; i < element.getAttributes().getLength(); i++) {
            Attr attribute = (Attr) element.getAttributes().item(i);
            attribute.setValue(replaced(attribute.getValue(), replacement));
        }
        for (Node child = element.getFirstChild(); child != null; child = child.getNextSibling()) {
            if (child instanceof Element inner) {
                replace(inner, replacement);
            } else if (child instanceof Text text) { // CDATA sections too
                text.setData(replaced(text.getData(), replacement));
            }
        }
    }

    private static String replaced(String text, UnaryOperator<String> replacement) {
        return MavenAddress.IN_TEXT
                .matcher(text)
                .replaceAll((MatchResult found) ->
                        java.util.regex.Matcher.quoteReplacement(replacement.apply(found.group())));
    }

    void write(OutputStream out) throws IOException {
        try {
            TransformerFactory.newDefaultInstance()
                    .newTransformer()
                    .transform(new DOMSource(document), new StreamResult(out));
        } catch (TransformerException e) {
            throw new IOException("The list of features cannot be written: " + e.getMessage(), e);
        }
    }
}
