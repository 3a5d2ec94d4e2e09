package io.holdfast.planner;

import io.holdfast.model.config.Configuration;
import io.holdfast.model.config.Constraint;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Constraints between resources, by their numbers; groups taken apart into what they mean. */
final class Links {
    /**
     * The resource follows {@code other} with this weight, or, seen from the other end, is followed by it; {@code exact} if it is
     * about the very node, and not about one that counts as the same.
     */
    record Tie(int other, int score, boolean exact) {}

    /**
     * Comes before, or, seen from the other end, after {@code other}. It is one of {@code oneOf}, of which one is enough; without
     * those it is needed itself.
     */
    record Edge(int other, boolean mandatory, boolean symmetrical, List<Integer> oneOf) {
        /** Whether it does without this one as long as another of them serves. */
        boolean choice() {
            return oneOf.size() > 1;
        }
    }

    private final Map<String, Integer> numbers;
    final Configuration configuration;
    /** Whom a resource follows. */
    final List<List<Tie>> follows = new ArrayList<>();
    /** Who follows a resource. */
    final List<List<Tie>> followers = new ArrayList<>();
    /** What must be started before a resource. */
    final List<List<Edge>> before = new ArrayList<>();
    /** What is started after a resource. */
    final List<List<Edge>> after = new ArrayList<>();
    /** With whom a resource never starts or stops at one time. */
    final List<List<Integer>> never = new ArrayList<>();

    Links(Configuration configuration, Map<String, Integer> numbers) {
        this.configuration = configuration;
        this.numbers = numbers;
        for (int i = 0; i < numbers.size(); i++) {
            follows.add(new ArrayList<>());
            followers.add(new ArrayList<>());
            before.add(new ArrayList<>());
            after.add(new ArrayList<>());
            never.add(new ArrayList<>());
        }
        for (List<String> members : configuration.groups().values()) {
            for (int i = 1; i < members.size(); i++) {
                tie(numberOf(members.get(i)), numberOf(members.get(i - 1)), Score.INFINITY, true);
                edge(numberOf(members.get(i - 1)), numberOf(members.get(i)), true, true, List.of());
            }
        }
        for (Constraint constraint : configuration.constraints()) {
            if (constraint instanceof Constraint.Together together) {
                boolean exact = together.same().isEmpty();
                tie(first(together.resource()), last(together.with()), together.score(), exact);
            } else if (constraint instanceof Constraint.Order order && order.serialize()) {
                apart(List.of(order.first(), order.then()));
            } else if (constraint instanceof Constraint.Order order) {
                edge(last(order.first()), first(order.then()), order.mandatory(), order.symmetrical(), List.of());
            } else if (constraint instanceof Constraint.Steps steps && steps.serialize()) {
                apart(steps.names());
            } else if (constraint instanceof Constraint.Steps steps) {
                steps(steps);
            }
        }
    }

    /** Each step before the next; those of a step that is in order one after the other, and its last before the next step. */
    private void steps(Constraint.Steps steps) {
        for (int i = 0; i < steps.steps().size(); i++) {
            Constraint.Step step = steps.steps().get(i);
            List<String> names = step.resources();
            for (int j = 1; step.sequential() && j < names.size(); j++) {
                edge(last(names.get(j - 1)), first(names.get(j)), steps.mandatory(), steps.symmetrical(), List.of());
            }
            if (i > 0) {
                Constraint.Step earlier = steps.steps().get(i - 1);
                List<String> firsts = earlier.sequential()
                        ? earlier.resources()
                                .subList(
                                        earlier.resources().size() - 1,
                                        earlier.resources().size())
                        : earlier.resources();
                List<Integer> oneOf =
                        earlier.any() ? firsts.stream().map(this::last).toList() : List.of();
                for (String first : firsts) {
                    for (String then : step.sequential() ? names.subList(0, 1) : names) {
                        edge(last(first), first(then), steps.mandatory(), steps.symmetrical(), oneOf);
                    }
                }
            }
        }
    }

    private void apart(List<String> names) {
        for (String one : names) {
            for (String other : names) {
                if (!one.equals(other)) {
                    for (String member : configuration.expand(one)) {
                        configuration
                                .expand(other)
                                .forEach(each -> never.get(numberOf(member)).add(numberOf(each)));
                    }
                }
            }
        }
    }

    private void tie(int resource, int with, int score, boolean exact) {
        if (resource >= 0 && with >= 0 && resource != with) {
            follows.get(resource).add(new Tie(with, score, exact));
            followers.get(with).add(new Tie(resource, score, exact));
        }
    }

    private void edge(int first, int then, boolean mandatory, boolean symmetrical, List<Integer> oneOf) {
        if (first >= 0 && then >= 0 && first != then) {
            before.get(then).add(new Edge(first, mandatory, symmetrical, oneOf));
            after.get(first).add(new Edge(then, mandatory, symmetrical, oneOf));
        }
    }

    /** The resource, or the first member of the group, which the others follow. */
    int first(String name) {
        List<String> members = configuration.expand(name);
        return members.isEmpty() ? -1 : numberOf(members.get(0));
    }

    private int last(String name) {
        List<String> members = configuration.expand(name);
        return members.isEmpty() ? -1 : numberOf(members.get(members.size() - 1));
    }

    /** The number of a resource, or -1. */
    int numberOf(String name) {
        return numbers.getOrDefault(name, -1);
    }
}
