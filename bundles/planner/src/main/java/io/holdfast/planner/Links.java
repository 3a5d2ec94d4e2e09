package io.holdfast.planner;

import io.holdfast.model.Instances;
import io.holdfast.model.config.CloneSetting;
import io.holdfast.model.config.Configuration;
import io.holdfast.model.config.Constraint;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Constraints between resources, by their numbers; groups taken apart into what they mean. */
final class Links {
    /**
     * The resource follows {@code other} with this weight, or, seen from the other end, is followed by it; {@code exact} if it is
     * about the very node, and not about one that counts as the same.
     */
    record Tie(int other, int score, boolean exact) {}

    /**
     * Comes before, or, seen from the other end, after {@code other}. It is one of {@code oneOf}, of which {@code enough} are enough;
     * without those it is needed itself.
     *
     * @param all whether a start waits for every one of them that is about to start, and not only until there are enough
     * @param here whether it counts only where both are on one node
     */
    record Edge(
            int other,
            boolean mandatory,
            boolean symmetrical,
            List<Integer> oneOf,
            int enough,
            boolean all,
            boolean here) {
        Edge(int other, boolean mandatory, boolean symmetrical, List<Integer> oneOf) {
            this(other, mandatory, symmetrical, oneOf, 1, false, false);
        }

        private Edge to(int another) {
            return new Edge(another, mandatory, symmetrical, oneOf, enough, all, here);
        }

        /** Whether it does without this one as long as another of them serves. */
        boolean choice() {
            return oneOf.size() > 1 || enough > 1;
        }
    }

    private final Map<String, Integer> numbers = new HashMap<>();
    private final Instances instances;
    /** The rights to be promoted by resource, in order of their names. */
    private final Map<String, List<String>> rightsByResource = new HashMap<>();

    private final Configuration configuration;
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

    /**
     * Instances of one clone that one node holds no more of than {@code perNode}, the rights to be promoted, and how many may be
     * promoted at one time: there are more rights than that while some of a document of before are held.
     */
    record Siblings(List<Integer> instances, int perNode, List<Integer> rights, int promoted) {}

    private final Map<String, Siblings> siblings = new HashMap<>();

    /** @param names of all instances and all rights that are planned for, in order */
    Links(Configuration configuration, Instances instances, Collection<String> names) {
        this.configuration = configuration;
        this.instances = instances;
        for (String name : names) {
            numbers.put(name, numbers.size());
            if (Instances.isRight(name)) {
                rightsByResource
                        .computeIfAbsent(Instances.resource(name), unused -> new ArrayList<>())
                        .add(name);
            }
        }
        for (int i = 0; i < numbers.size(); i++) {
            follows.add(new ArrayList<>());
            followers.add(new ArrayList<>());
            before.add(new ArrayList<>());
            after.add(new ArrayList<>());
            never.add(new ArrayList<>());
        }
        for (List<String> members : configuration.groups().values()) {
            for (int i = 1; i < members.size(); i++) {
                inGroup(numbersOf(members.get(i - 1)), numbersOf(members.get(i)));
            }
        }
        configuration.clones().values().forEach(this::inClone);
        for (Constraint constraint : configuration.constraints()) {
            if (constraint instanceof Constraint.Together together) {
                together(together);
            } else if (constraint instanceof Constraint.Order order && order.serialize()) {
                apart(List.of(order.first(), order.then()));
            } else if (constraint instanceof Constraint.Order order) {
                order(
                        new End(order.first(), order.firstAction()),
                        new End(order.then(), order.thenAction().isEmpty() ? order.firstAction() : order.thenAction()),
                        order.mandatory(),
                        order.symmetrical(),
                        order.any());
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
                order(
                        new End(names.get(j - 1), step.action()),
                        new End(names.get(j), step.action()),
                        steps.mandatory(),
                        steps.symmetrical(),
                        false);
            }
            if (i > 0) {
                Constraint.Step earlier = steps.steps().get(i - 1);
                List<String> firsts = earlier.sequential()
                        ? earlier.resources()
                                .subList(
                                        earlier.resources().size() - 1,
                                        earlier.resources().size())
                        : earlier.resources();
                List<Integer> oneOf = earlier.any()
                        ? firsts.stream()
                                .flatMap(name -> firsts(new End(name, earlier.action())).stream())
                                .toList()
                        : List.of();
                for (String first : firsts) {
                    for (String then : step.sequential() ? names.subList(0, 1) : names) {
                        End from = new End(first, earlier.action());
                        End to = new End(then, step.action());
                        if (oneOf.isEmpty()) {
                            order(from, to, steps.mandatory(), steps.symmetrical(), false);
                        } else {
                            edges(firsts(from), thens(to), new Edge(-1, steps.mandatory(), steps.symmetrical(), oneOf));
                        }
                    }
                }
            }
        }
    }

    /** A member follows the one before it in the group, and in each copy of the group the one of the same copy. */
    private void inGroup(List<Integer> before, List<Integer> members) {
        for (int copy = 0; copy < members.size(); copy++) {
            tie(members.get(copy), before.get(copy), Score.INFINITY, true);
            edges(before.subList(copy, copy + 1), members.subList(copy, copy + 1), new Edge(-1, true, true, List.of()));
        }
    }

    private void inClone(CloneSetting clone) {
        for (String resource : configuration.expand(clone.of())) {
            List<Integer> copies = numbersOf(resource);
            List<Integer> rights = rightsByResource.getOrDefault(resource, List.of()).stream()
                    .map(this::numberOf)
                    .toList();
            siblings.put(resource, new Siblings(copies, clone.perNode(), rights, Instances.promoted(clone)));
            // promoted after the start of the copy on that node, demoted before its stop
            edges(copies, rights, new Edge(-1, true, true, List.of(), 1, false, true));
        }
        List<Integer> first = first(clone.of());
        List<Integer> last = last(clone.of());
        for (int copy = 1; clone.ordered() && copy < first.size(); copy++) {
            for (int earlier = 0; earlier < copy; earlier++) {
                edges(
                        last.subList(earlier, earlier + 1),
                        first.subList(copy, copy + 1),
                        new Edge(-1, false, true, List.of()));
            }
        }
    }

    private void together(Constraint.Together together) {
        boolean exact = together.same().isEmpty();
        boolean apart = together.score() < 0;
        boolean role = together.role().equals("promoted");
        boolean withRole = together.withRole().equals("promoted");
        if (together.role().equals("unpromoted") || together.withRole().equals("unpromoted")) {
            return; // who is not promoted is known by who is: that decides about the place, and nobody waits for it
        }
        List<Integer> followed = withRole ? rights(together.with()) : last(together.with());
        boolean any = withRole
                ? followed.size() > 1
                : instances.clone(name(together.with())).isPresent();
        for (int resource : role ? rights(together.resource()) : first(together.resource())) {
            for (int with : followed) {
                if (apart || !any) { // with some copy of a clone: which one is not said
                    tie(resource, with, together.score(), exact);
                }
            }
        }
    }

    /** One end of an order: what acts, and how; an empty action is a start. */
    private record End(String name, String action) {
        boolean promotes() {
            return action.equals("promote");
        }
    }

    private List<Integer> firsts(End end) {
        return end.promotes() ? rights(end.name()) : last(end.name());
    }

    private List<Integer> thens(End end) {
        return end.promotes() ? rights(end.name()) : first(end.name());
    }

    /** After a clone: after enough of its copies, of {@code any} one; or with interleave, after the one on the same node. */
    private void order(End first, End then, boolean mandatory, boolean symmetrical, boolean any) {
        Optional<CloneSetting> clone = instances.clone(name(first.name()));
        Optional<CloneSetting> thenClone = instances.clone(name(then.name()));
        List<Integer> firsts = firsts(first);
        if (clone.isEmpty()) {
            edges(firsts, thens(then), new Edge(-1, mandatory, symmetrical, List.of()));
        } else if (thenClone.filter(CloneSetting::interleave).isPresent()) {
            edges(firsts, thens(then), new Edge(-1, mandatory, symmetrical, List.of(), 1, false, true));
        } else {
            int least = first.promotes() ? 0 : clone.get().atLeast();
            edges(
                    firsts,
                    thens(then),
                    new Edge(-1, mandatory, symmetrical, firsts, Math.max(1, least), least == 0 && !any, false));
        }
    }

    private String name(String named) {
        List<String> members = configuration.expand(named);
        return members.isEmpty() ? named : members.get(0);
    }

    private void apart(List<String> names) {
        for (String one : names) {
            for (String other : names) {
                if (!one.equals(other)) {
                    for (String member : instances.expand(one)) {
                        instances
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

    private void edges(List<Integer> firsts, List<Integer> thens, Edge kind) {
        for (int first : firsts) {
            for (int then : thens) {
                if (first != then) {
                    before.get(then).add(kind.to(first));
                    after.get(first).add(kind.to(then));
                }
            }
        }
    }

    /** The resource, or the first member of the group, which the others follow; each copy of it. */
    private List<Integer> first(String name) {
        List<String> members = configuration.expand(name);
        return members.isEmpty() ? List.of() : numbersOf(members.get(0));
    }

    private List<Integer> last(String name) {
        List<String> members = configuration.expand(name);
        return members.isEmpty() ? List.of() : numbersOf(members.get(members.size() - 1));
    }

    /** The rights to be promoted of a resource or clone. */
    private List<Integer> rights(String name) {
        return rightsOf(name).stream().map(this::numberOf).toList();
    }

    /** All clones of which copies may be promoted. */
    List<Siblings> promotable() {
        return siblings.values().stream().filter(one -> !one.rights().isEmpty()).toList();
    }

    /** The numbers of the instances of a resource. */
    List<Integer> numbersOf(String resource) {
        return instances.of(resource).stream().map(this::numberOf).toList();
    }

    /** What else is a copy of the same, and itself; empty for what is not cloned. */
    Optional<Siblings> siblings(String instance) {
        return Optional.ofNullable(siblings.get(Instances.resource(instance)));
    }

    /** The document's clone that it is an instance of. */
    Optional<CloneSetting> clone(String instance) {
        return instances.clone(instance);
    }

    /** The name by which people start and stop it: of the clone, or its own. */
    String asked(String instance) {
        return instances.cloneName(instance).orElse(instance);
    }

    /** The instances that a name stands for. */
    List<String> expand(String name) {
        return instances.expand(name);
    }

    /** The rights to be promoted of what a name stands for. */
    List<String> rightsOf(String name) {
        return configuration.expand(name).stream()
                .flatMap(resource -> rightsByResource.getOrDefault(resource, List.of()).stream())
                .toList();
    }

    /** The number of an instance, or -1. */
    int numberOf(String name) {
        return numbers.getOrDefault(name, -1);
    }
}
