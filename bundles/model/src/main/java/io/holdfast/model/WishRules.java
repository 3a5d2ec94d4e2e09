package io.holdfast.model;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.pcollections.TreePMap;

/** What people want of resources and groups. */
final class WishRules {
    private WishRules() {}

    static long move(Draft draft, Command.Move move) {
        String what = "Moving of " + move.resource() + " to " + move.node();
        List<String> members = members(draft, move.resource());
        Instances.of(draft).cloneName(members.isEmpty() ? "" : members.get(0)).ifPresent(clone -> {
            throw new Refusal(what + " refused: clone " + clone + " has instances on several nodes; say in the document"
                    + " where they are to be, with 'prefer'");
        });
        NodeRecord node = draft.node(move.node());
        if (node.terms().witness()) {
            throw new Refusal(what + " refused: " + node.name() + " is a witness, which votes and runs nothing");
        }
        if (!node.joined()) {
            throw new Refusal(what + " refused: " + node.name() + " is not here now; start it, or choose another node");
        }
        if (node.standby() || node.maintenance()) {
            throw new Refusal(what + " refused: " + node.name() + " is in "
                    + (node.standby() ? "standby; 'ha online " + node.name() + "' ends that" : "maintenance"));
        }
        wish(draft, members, record -> record.wishing(record.wanted().withMovedTo(move.node())));
        draft.info(
                move.node(),
                move.resource(),
                move.who() + " wants " + move.resource() + " on " + move.node() + ", until 'ha unmove "
                        + move.resource() + "'");
        return draft.index;
    }

    static long unmove(Draft draft, Command.Unmove unmove) {
        wish(
                draft,
                members(draft, unmove.resource()),
                record -> record.wishing(record.wanted().withMovedTo("")));
        draft.info("", unmove.resource(), unmove.who() + " lets " + unmove.resource() + " be where it is best");
        return draft.index;
    }

    static long start(Draft draft, Command.Start start) {
        refusePart(draft, start.resource(), "Starting");
        wish(
                draft,
                members(draft, start.resource()),
                record -> record.wishing(record.wanted().withStopped(false)));
        draft.info("", start.resource(), start.who() + " wants " + start.resource() + " to run");
        return draft.index;
    }

    static long stop(Draft draft, Command.Stop stop) {
        refusePart(draft, stop.resource(), "Stopping");
        wish(
                draft,
                members(draft, stop.resource()),
                record -> record.wishing(record.wanted().withStopped(true)));
        draft.info(
                "",
                stop.resource(),
                stop.who() + " wants " + stop.resource() + " stopped, until 'ha start " + stop.resource() + "'");
        return draft.index;
    }

    static long retry(Draft draft, Command.Retry retry) {
        wish(draft, members(draft, retry.resource()), record -> record.failing(TreePMap.empty()));
        draft.info(
                "",
                retry.resource(),
                retry.who() + " wants " + retry.resource() + " tried again: its failures are forgotten");
        return draft.index;
    }

    static void maintain(Draft draft, String target, boolean on) {
        wish(
                draft,
                members(draft, target),
                record -> record.wishing(record.wanted().withMaintenance(on)));
    }

    private static void wish(Draft draft, List<String> members, UnaryOperator<InstanceRecord> change) {
        for (String member : members) {
            InstanceRecord record = draft.instances.get(member);
            draft.put(change.apply(record == null ? InstanceRecord.fresh(member, draft.index) : record));
        }
    }

    /** A clone is stopped as a whole: how many of it run is for the document to say, and where for the planner. */
    private static void refusePart(Draft draft, String name, String what) {
        Instances.of(draft)
                .cloneName(name)
                .filter(clone -> name.indexOf(':') >= 0)
                .ifPresent(clone -> {
                    throw new Refusal(what + " of " + name + " refused: it is one instance of clone " + clone
                            + "; name " + clone + " for all of them, or change 'instances' in the document");
                });
    }

    /** What is held of a resource, by whatever document. */
    private static Stream<String> held(Draft draft, String resource) {
        return Stream.concat(
                        Stream.ofNullable(draft.grants.get(resource)), Instances.held(draft.grants, resource).stream())
                .map(Grant::instance);
    }

    private static List<String> members(Draft draft, String name) {
        Instances instances = Instances.of(draft);
        List<String> members = new ArrayList<>(instances.expand(name));
        List<String> resources = draft.configuration.expand(name);
        if (members.isEmpty() && resources.isEmpty()) {
            throw new Refusal("There is no resource or group " + name + " in the cluster document");
        }
        resources.forEach(resource -> members.addAll(instances.rights(resource)));
        if (draft.level.number()
                >= Levels.PROMOTED) { // a version of before leaves out what is held still and not defined any more
            resources.forEach(resource -> held(draft, resource)
                    .filter(held -> !members.contains(held))
                    .forEach(members::add));
        }
        return members;
    }
}
