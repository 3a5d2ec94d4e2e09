package io.holdfast.daemon;

import io.holdfast.api.cluster.ClusterException;
import io.holdfast.api.resource.TypeDescription;
import io.holdfast.config.ConfigParser;
import io.holdfast.config.Parsed;
import io.holdfast.config.Problem;
import io.holdfast.config.TypeLookup;
import io.holdfast.model.config.Configuration;
import io.holdfast.model.config.Constraint;
import io.holdfast.model.config.Resource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;

/** Reads cluster documents and checks them against what the nodes offer. On the loop only. */
final class Documents {
    private static final Duration VALIDATE = Duration.ofSeconds(8);

    private final Site site;
    private final TypeDirectory types;

    Documents(Site site, TypeDirectory types) {
        this.site = site;
        this.types = types;
    }

    /** What this node knows of types at one moment; remembers what it was asked for. */
    private final class Known implements TypeLookup {
        private final Map<String, TypeDescription> descriptions;
        private final Set<String> offered = offers().keySet();
        private final Set<String> asked = new TreeSet<>();

        Known(Map<String, TypeDescription> descriptions) {
            this.descriptions = descriptions;
        }

        @Override
        public Optional<TypeDescription> describe(String type) {
            asked.add(type);
            return Optional.ofNullable(descriptions.get(type));
        }

        @Override
        public boolean offered(String type) {
            asked.add(type);
            return offered.contains(type);
        }

        @Override
        public Optional<Set<String>> nodes() {
            return Optional.of(new TreeSet<>(site.log().state().nodes().keySet()));
        }
    }

    /** {@return which nodes offer each type now} */
    private Map<String, Set<String>> offers() {
        Map<String, Set<String>> offers = new TreeMap<>();
        site.peers().attributes().forEach((node, attributes) -> {
            if (node.equals(site.node()) || site.peers().heard(node)) {
                FactsCollector.types(attributes)
                        .forEach(type -> offers.computeIfAbsent(type, unused -> new TreeSet<>())
                                .add(node));
            }
        });
        return offers;
    }

    /** {@return the configuration; or fails with every problem of the document} */
    CompletionStage<Configuration> parse(String text, String name) {
        Known first = new Known(Map.of());
        if (ConfigParser.parse(text, name, first) instanceof Parsed.Faulty faulty && first.asked.isEmpty()) {
            return CompletableFuture.failedFuture(refused(faulty));
        }
        Map<String, TypeDescription> descriptions = new HashMap<>();
        List<CompletableFuture<?>> answers = new ArrayList<>();
        for (String type : first.asked) {
            answers.add(types.describe(type)
                    .thenAccept(description -> description.ifPresent(known -> descriptions.put(type, known)))
                    .toCompletableFuture());
        }
        return all(answers).thenApply(unused -> {
            Parsed parsed = ConfigParser.parse(text, name, new Known(descriptions));
            if (parsed instanceof Parsed.Sound sound) {
                return sound.configuration();
            }
            throw refused((Parsed.Faulty) parsed);
        });
    }

    private static ClusterException refused(Parsed.Faulty faulty) {
        return new ClusterException(
                ClusterException.Kind.REFUSED,
                faulty.problems().stream().map(Problem::toString).collect(Collectors.joining("\n")));
    }

    /**
     * Lets the nodes look at what is new in {@code next}. What can work nowhere is refused, unless something must be active before it:
     * that may bring what is missing. {@return warnings}
     */
    CompletionStage<List<String>> validate(Configuration now, Configuration next) {
        Map<String, Set<String>> offers = offers();
        List<String> warnings = new ArrayList<>();
        List<String> hopeless = new ArrayList<>();
        List<CompletableFuture<?>> answers = new ArrayList<>();
        for (Resource resource : next.resources().values()) {
            Resource before = now.resources().get(resource.name());
            boolean same = before != null
                    && before.type().equals(resource.type())
                    && before.parameters().equals(resource.parameters());
            Set<String> nodes = offers.getOrDefault(resource.type(), Set.of());
            if (!same && !nodes.isEmpty()) {
                answers.add(validate(resource, nodes)
                        .thenAccept(problems -> {
                            List<String> to = problems.size() == nodes.size() && !follows(next, resource.name())
                                    ? hopeless
                                    : warnings;
                            problems.forEach(
                                    (node, problem) -> to.add(resource.name() + " on " + node + ": " + problem));
                        })
                        .toCompletableFuture());
            }
        }
        return all(answers).thenApply(unused -> {
            if (!hopeless.isEmpty()) {
                throw new ClusterException(
                        ClusterException.Kind.REFUSED,
                        "Nothing was applied, because this cannot work on any node:\n" + String.join("\n", hopeless));
            }
            warnings.sort(null);
            return warnings;
        });
    }

    /** {@return the problems by node; a node that does not say has none} */
    private CompletionStage<Map<String, String>> validate(Resource resource, Set<String> nodes) {
        Instance instance = new Instance(resource.name(), resource.type(), resource.parameters(), 0, Map.of());
        Map<String, String> problems = new TreeMap<>();
        List<CompletableFuture<?>> answers = new ArrayList<>();
        for (String node : nodes) {
            answers.add(types.validate(node, instance, VALIDATE)
                    .thenAccept(outcome -> {
                        if (outcome instanceof Outcome.Failed failed) {
                            problems.put(node, failed.reason());
                        }
                    })
                    .toCompletableFuture());
        }
        return all(answers).thenApply(unused -> problems);
    }

    private static CompletableFuture<Void> all(List<CompletableFuture<?>> stages) {
        return CompletableFuture.allOf(stages.toArray(CompletableFuture[]::new));
    }

    /** {@return whether something must be active before the resource: an order, or an earlier member of its group} */
    static boolean follows(Configuration configuration, String resource) {
        Set<String> names = new TreeSet<>(Set.of(resource));
        for (Map.Entry<String, List<String>> group : configuration.groups().entrySet()) {
            int position = group.getValue().indexOf(resource);
            if (position > 0) {
                return true;
            }
            if (position == 0) {
                names.add(group.getKey());
            }
        }
        configuration.clones().forEach((clone, setting) -> {
            if (names.contains(setting.of())) {
                names.add(clone);
            }
        });
        return configuration.constraints().stream()
                .anyMatch(constraint -> (constraint instanceof Constraint.Order order && names.contains(order.then()))
                        || (constraint instanceof Constraint.Steps steps && later(steps, names)));
    }

    /** {@return whether one of the names is not in the first step} */
    private static boolean later(Constraint.Steps steps, Set<String> names) {
        return steps.steps().stream()
                .skip(1)
                .anyMatch(step -> step.resources().stream().anyMatch(names::contains));
    }
}
