package io.holdfast.model;

import io.holdfast.model.config.CloneSetting;
import io.holdfast.model.config.Configuration;
import io.holdfast.model.config.Resource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.pcollections.PSortedMap;

/**
 * Which instances a document defines: of a resource itself, and of one that is cloned {@code name:0}, {@code name:1} and so on, one
 * for each node if it does not say how many. Of a clone whose copies can be promoted also the rights to be promoted, {@code
 * name:promoted:0} and so on: each is granted like an instance, to who holds a copy. A pure function of what is agreed on, so every
 * node knows the same ones.
 */
public final class Instances {
    private static final String PROMOTED = ":promoted:";
    private static final Pattern NUMBER = Pattern.compile("0|[1-9][0-9]{0,4}");

    private final Configuration configuration;
    private final int nodes;
    private final Map<String, String> cloneOf = new HashMap<>();

    /** The instances of this document with so many nodes. */
    Instances(Configuration configuration, int nodes) {
        this.configuration = configuration;
        this.nodes = nodes;
        configuration
                .clones()
                .forEach((clone, setting) ->
                        configuration.expand(setting.of()).forEach(resource -> cloneOf.put(resource, clone)));
    }

    /** {@return the instances of the document that this state carries} */
    public static Instances of(ClusterState state) {
        return new Instances(state.configuration(), nodes(state.nodes()));
    }

    static Instances of(Draft draft) {
        return new Instances(draft.configuration, nodes(draft.nodes));
    }

    /** The instances that another document would define now. */
    static Instances under(Configuration other, Draft draft) {
        return new Instances(other, nodes(draft.nodes));
    }

    private static int nodes(Map<String, NodeRecord> all) {
        return (int)
                all.values().stream().filter(node -> !node.terms().witness()).count();
    }

    /** {@return whether it is about the very same document, and defines the same} */
    @SuppressWarnings("ReferenceEquality") // quick, and one that is equal but not the same is only looked at anew
    public boolean sameAs(Instances other) {
        return configuration == other.configuration && (nodes == other.nodes || !followNodes());
    }

    /** {@return whether the number of nodes changes which instances there are} */
    public boolean followNodes() {
        return configuration.clones().values().stream()
                .anyMatch(clone -> clone.instances().isEmpty());
    }

    /** {@return the name of the resource of which it is an instance, whether or not the document defines it} */
    public static String resource(String instance) {
        int colon = instance.indexOf(':');
        return colon < 0 ? instance : instance.substring(0, colon);
    }

    /** {@return whether it is the name of a right to be promoted, and not of something that runs} */
    public static boolean isRight(String instance) {
        return instance.contains(PROMOTED);
    }

    /** {@return the grants of all copies of a resource, whether or not the document defines them} */
    public static List<Grant> copies(PSortedMap<String, Grant> grants, String resource) {
        return held(grants, resource).stream()
                .filter(grant -> !isRight(grant.instance()))
                .toList();
    }

    /** {@return the grants of all rights to be promoted of a resource, whether or not the document defines them} */
    public static List<Grant> rights(PSortedMap<String, Grant> grants, String resource) {
        return held(grants, resource).stream()
                .filter(grant -> isRight(grant.instance()))
                .toList();
    }

    /** {@return the grants of all copies of a resource and of the rights to be promoted, whether or not the document defines them} */
    public static List<Grant> held(PSortedMap<String, Grant> grants, String resource) {
        List<Grant> held = new ArrayList<>();
        for (Grant grant : grants.tailMap(resource + ":").values()) { // sorted, so they come together
            if (!resource(grant.instance()).equals(resource)) {
                break;
            }
            held.add(grant);
        }
        return held;
    }

    /** {@return its number, -1 for the only instance of a resource that is not cloned, and for a right} */
    public static int number(String instance) {
        String digits = instance.substring(instance.indexOf(':') + 1);
        boolean number =
                digits.length() < instance.length() && NUMBER.matcher(digits).matches();
        return number ? Integer.parseInt(digits) : -1;
    }

    /** {@return the name of the clone that the resource, or the resource of the instance, belongs to; empty if it is not cloned} */
    public Optional<String> cloneName(String name) {
        return Optional.ofNullable(cloneOf.get(resource(name)));
    }

    /** {@return the clone that the resource, or the resource of the instance, belongs to} */
    public Optional<CloneSetting> clone(String name) {
        Map<String, CloneSetting> clones = configuration.clones();
        return cloneName(name).map(clones::get);
    }

    /** {@return how many instances the clone has} */
    public int count(CloneSetting clone) {
        return clone.instances().orElse(nodes);
    }

    /** {@return the instances of a resource of the document} */
    public List<String> of(String resource) {
        if (!configuration.resources().containsKey(resource)) {
            return List.of();
        }
        Optional<CloneSetting> clone = clone(resource);
        if (clone.isEmpty()) {
            return List.of(resource);
        }
        List<String> names = new ArrayList<>();
        for (int number = 0; number < count(clone.get()); number++) {
            names.add(resource + ":" + number);
        }
        return names;
    }

    /** {@return how many copies of the clone may be promoted at one time} */
    public static int promoted(CloneSetting clone) {
        return clone.promotable() ? clone.promoted() : 0;
    }

    /** {@return whether copies of the resource are promoted} */
    public boolean promotable(String resource) {
        return clone(resource).filter(clone -> promoted(clone) > 0).isPresent();
    }

    /** {@return the rights to be promoted that a resource of the document has} */
    public List<String> rights(String resource) {
        List<String> names = new ArrayList<>();
        int rights = configuration.resources().containsKey(resource)
                ? clone(resource).map(Instances::promoted).orElse(0)
                : 0;
        for (int number = 0; number < rights; number++) {
            names.add(resource + PROMOTED + number);
        }
        return names;
    }

    /** {@return all instances and all rights to be promoted, sorted, each with the resource that it is of} */
    public SortedMap<String, Resource> withRights() {
        SortedMap<String, Resource> all = all();
        if (configuration.clones().values().stream().allMatch(clone -> promoted(clone) == 0)) {
            return all;
        }
        TreeMap<String, Resource> more = new TreeMap<>(all);
        configuration.resources().forEach((name, resource) -> rights(name).forEach(right -> more.put(right, resource)));
        return more;
    }

    /** {@return all instances, sorted, each with what it is an instance of} */
    public SortedMap<String, Resource> all() {
        if (cloneOf.isEmpty()) {
            return configuration.resources();
        }
        TreeMap<String, Resource> all = new TreeMap<>();
        configuration
                .resources()
                .forEach((name, resource) -> of(name).forEach(instance -> all.put(instance, resource)));
        return all;
    }

    /** {@return what it is an instance of, or a right of; empty if the document defines no such instance} */
    public Optional<Resource> definition(String instance) {
        String name = resource(instance);
        Optional<CloneSetting> clone = clone(name);
        boolean defined = isRight(instance)
                ? rights(name).contains(instance)
                : clone.isEmpty()
                        ? name.length() == instance.length()
                        : number(instance) >= 0 && number(instance) < count(clone.get());
        return defined ? Optional.ofNullable(configuration.resources().get(name)) : Optional.empty();
    }

    /** {@return the instances that a name stands for: of a resource, group or clone, or that one instance; empty if unknown} */
    public List<String> expand(String name) {
        if (name.indexOf(':') >= 0) {
            return definition(name).isPresent() ? List.of(name) : List.of();
        }
        return configuration.expand(name).stream()
                .flatMap(resource -> of(resource).stream())
                .toList();
    }
}
