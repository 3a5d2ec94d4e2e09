package io.holdfast.planner;

import io.holdfast.model.config.Configuration;
import io.holdfast.model.config.Constraint;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Constraints between resources, by their numbers; groups taken apart into what they mean. */
final class Links {
    /** The resource follows {@code other} with this weight, or, seen from the other end, is followed by it. */
    record Tie(int other, int score) {}

    /** Comes before, or, seen from the other end, after {@code other}. */
    record Edge(int other, boolean mandatory, boolean symmetrical) {}

    private final Map<String, Integer> numbers;
    private final Configuration configuration;
    /** Whom a resource follows. */
    final List<List<Tie>> follows = new ArrayList<>();
    /** Who follows a resource. */
    final List<List<Tie>> followers = new ArrayList<>();
    /** What must be started before a resource. */
    final List<List<Edge>> before = new ArrayList<>();
    /** What is started after a resource. */
    final List<List<Edge>> after = new ArrayList<>();

    Links(Configuration configuration, Map<String, Integer> numbers) {
        this.configuration = configuration;
        this.numbers = numbers;
        for (int i = 0; i < numbers.size(); i++) {
            follows.add(new ArrayList<>());
            followers.add(new ArrayList<>());
            before.add(new ArrayList<>());
            after.add(new ArrayList<>());
        }
        for (List<String> members : configuration.groups().values()) {
            for (int i = 1; i < members.size(); i++) {
                tie(numberOf(members.get(i)), numberOf(members.get(i - 1)), Score.INFINITY);
                edge(numberOf(members.get(i - 1)), numberOf(members.get(i)), true, true);
            }
        }
        for (Constraint constraint : configuration.constraints()) {
            if (constraint instanceof Constraint.Together together) {
                tie(first(together.resource()), last(together.with()), together.score());
            } else if (constraint instanceof Constraint.Order order) {
                edge(last(order.first()), first(order.then()), order.mandatory(), order.symmetrical());
            }
        }
    }

    private void tie(int resource, int with, int score) {
        if (resource >= 0 && with >= 0 && resource != with) {
            follows.get(resource).add(new Tie(with, score));
            followers.get(with).add(new Tie(resource, score));
        }
    }

    private void edge(int first, int then, boolean mandatory, boolean symmetrical) {
        if (first >= 0 && then >= 0 && first != then) {
            before.get(then).add(new Edge(first, mandatory, symmetrical));
            after.get(first).add(new Edge(then, mandatory, symmetrical));
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

    private int numberOf(String name) {
        return numbers.getOrDefault(name, -1);
    }
}
