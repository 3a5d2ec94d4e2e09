package io.holdfast.config;

import io.holdfast.model.config.CloneSetting;
import io.holdfast.model.config.Configuration;
import io.holdfast.model.config.Constraint;
import io.holdfast.model.config.Defaults;
import io.holdfast.model.config.FenceSetting;
import io.holdfast.model.config.Resource;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * Reads a cluster document. Pure: it asks nobody but the given lookup. All problems of a document are told at once, and one with any
 * problem gives no configuration.
 */
public final class ConfigParser {
    private static final int LONGEST = 8_000_000;
    static final Set<String> KEYS = Set.of(
            "cluster",
            "templates",
            "resources",
            "groups",
            "clones",
            "tags",
            "constraints",
            "nodes",
            "placement",
            "health",
            "no-quorum",
            "fencing",
            "defaults");

    private ConfigParser() {}

    /**
     * Reads a document that is to be run.
     *
     * @param text YAML 1.2
     * @param fileName for the problems
     * @param types answers which types and nodes there are
     */
    public static Parsed parse(String text, String fileName, TypeLookup types) {
        return parse(text, fileName, types, Purpose.RUN);
    }

    /**
     * Reads a document.
     *
     * @param text YAML 1.2
     * @param fileName for the problems
     * @param types answers which types and nodes there are
     * @param purpose what it is read for
     */
    public static Parsed parse(String text, String fileName, TypeLookup types, Purpose purpose) {
        Problems problems = new Problems(fileName);
        Optional<Node> root = compose(text, fileName, problems);
        if (root.isEmpty() || Section.empty(root.get())) {
            if (problems.none()) {
                problems.at(1, "the document is empty", "expected at least 'cluster: NAME'");
            }
            return new Parsed.Faulty(problems.sorted());
        }
        Configuration configuration = read(root.get(), types, new LiveOnly(purpose, problems), problems);
        return problems.none() ? new Parsed.Sound(configuration) : new Parsed.Faulty(problems.sorted());
    }

    private static Optional<Node> compose(String text, String fileName, Problems problems) {
        LoadSettings settings = LoadSettings.builder()
                .setLabel(fileName)
                .setCodePointLimit(LONGEST)
                .build();
        try {
            return new Compose(settings).composeString(text);
        } catch (MarkedYamlEngineException e) {
            int line =
                    e.getProblemMark().or(e::getContextMark).map(Mark::getLine).orElse(0) + 1;
            problems.at(
                    line,
                    "this is no YAML: " + e.getProblem(),
                    "expected a mapping 'key: value'; look at the indentation and" + " quotes there");
        } catch (YamlEngineException e) {
            problems.at(
                    1,
                    "this is no YAML: " + e.getMessage(),
                    "expected a YAML document of up to " + LONGEST + " characters");
        }
        return Optional.empty();
    }

    private static Configuration read(Node root, TypeLookup types, LiveOnly live, Problems problems) {
        Section top = new Section("the document", root, problems, KEYS);
        String cluster = top.required("cluster", "the cluster's name");
        ResourceReader reader = new ResourceReader(types, live, problems);
        SortedMap<String, Resource> resources = reader.read(top);
        GroupReader groups = new GroupReader(resources, problems);
        SortedMap<String, List<String>> members = groups.read(top);
        SortedMap<String, CloneSetting> clones = new CloneReader(resources, members, types, live, problems).read(top);
        Roles roles = new Roles(members, clones, reader.demoting(), problems);
        List<Constraint> constraints =
                new ConstraintReader(resources, members, clones, roles, types, live, problems).read(top);
        OptionReader options = new OptionReader(types, problems);
        List<FenceSetting> fencing = new FencingReader(types, problems).read(top);
        return new Configuration(
                cluster,
                resources,
                members,
                constraints,
                fencing,
                defaults(top),
                clones,
                options.nodes(top),
                options.options(top),
                live.planned() ? List.copyOf(top.section("resources").entries().keySet()) : List.of());
    }

    private static Defaults defaults(Section top) {
        Section section = top.section("defaults", Set.of("stickiness", "migration-threshold", "failure-timeout"));
        Defaults usual = Defaults.USUAL;
        return new Defaults(
                ResourceReader.stickiness(section).orElse(usual.stickiness()),
                section.score("migration-threshold", 0).orElse(usual.migrationThreshold()),
                section.duration("failure-timeout", Duration.ZERO).orElse(usual.failureTimeout()));
    }
}
