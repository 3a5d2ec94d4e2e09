package io.holdfast.cib;

import io.holdfast.planner.cluster.Cluster;
import io.holdfast.planner.cluster.Node;
import io.holdfast.planner.cluster.Resource;
import io.holdfast.planner.cluster.Rules;
import io.holdfast.planner.cluster.Settings;
import io.holdfast.planner.cluster.Words;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.w3c.dom.Element;

/** Reads a CIB, configuration and status, into a {@link Cluster}. */
public final class CibReader {
    /** Names that Pacemaker had for options before version 3, by the present ones. */
    static final Map<String, String> OLDER = Map.ofEntries(
            Map.entry("stonith-enabled", "fencing-enabled"),
            Map.entry("stonith-action", "fencing-action"),
            Map.entry("stonith-timeout", "fencing-timeout"),
            Map.entry("stonith-watchdog-timeout", "fencing-watchdog-timeout"),
            Map.entry("stonith-max-attempts", "fencing-max-attempts"),
            Map.entry("stop-orphan-resources", "stop-removed-resources"),
            Map.entry("stop-orphan-actions", "cancel-removed-actions"));

    private CibReader() {}

    /**
     * Reads a CIB.
     *
     * @param text the XML
     * @param now seconds since 1970; counts unless the CIB says for which time it is meant
     * @return the cluster
     * @throws CibException if it is no CIB; the message has the line where that is known
     */
    public static Cluster read(String text, long now) throws CibException {
        Element cib = Xml.parse(text);
        return read(cib, Dates.seconds(cib.getAttribute("execution-date")).orElse(now));
    }

    /**
     * Reads a CIB for a time, whatever it says itself.
     *
     * @param text the XML
     * @param time seconds since 1970
     * @return the cluster
     * @throws CibException if it is no CIB; the message has the line where that is known
     */
    public static Cluster readFor(String text, long time) throws CibException {
        return read(Xml.parse(text), time);
    }

    private static Cluster read(Element cib, long time) throws CibException {
        if (!cib.getTagName().equals("cib")) {
            throw new CibException("this is <" + cib.getTagName() + ">, and not <cib>");
        }
        Element configuration = Xml.at(cib, "configuration");
        if (configuration == null) {
            throw new CibException("the <cib> has no <configuration>");
        }
        Pairs pairs = new Pairs(cib);
        Settings settings = settings(configuration, pairs, time);
        ResourceReader resources = new ResourceReader(configuration, pairs, time);
        List<Resource> found = resources.read(Xml.at(configuration, "resources"));
        ConstraintReader constraints = new ConstraintReader(configuration, pairs, resources.madeFrom, time);
        constraints.read(Xml.at(configuration, "constraints"));
        StatusReader status = new StatusReader(cib, pairs, time);
        status.read(Xml.at(configuration, "nodes"), Xml.at(cib, "status"), settings.text("cluster-name", ""));
        return new Cluster(
                settings,
                Words.truth(Xml.text(cib, "have-quorum", "false"), false),
                leader(cib, status.nodes),
                status.nodes,
                found,
                constraints.locations,
                constraints.colocations,
                constraints.orders,
                status.histories,
                time);
    }

    private static String leader(Element cib, List<Node> nodes) {
        return nodes.stream()
                .filter(node -> node.id().equals(cib.getAttribute("dc-uuid")))
                .map(Node::name)
                .findFirst()
                .orElse("");
    }

    private static Settings settings(Element configuration, Pairs pairs, long now) {
        Map<String, String> values = new LinkedHashMap<>();
        @Nullable Element options = Xml.at(configuration, "crm_config");
        if (options != null) {
            pairs.read(options, "cluster_property_set", "cib-bootstrap-options", Rules.Question.at(now))
                    .forEach((name, value) -> {
                        String plain = name.replace('_', '-');
                        values.putIfAbsent(OLDER.getOrDefault(plain, plain), value);
                    });
        }
        return new Settings(values);
    }
}
