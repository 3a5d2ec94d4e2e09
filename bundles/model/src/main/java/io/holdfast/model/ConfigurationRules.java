package io.holdfast.model;

import io.holdfast.model.ClusterState.Revision;
import io.holdfast.model.InstanceRecord.Wish;
import io.holdfast.model.config.Configuration;
import io.holdfast.model.config.Resource;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** A new document. */
final class ConfigurationRules {
    /** Ten times what 10,000 resources need. */
    private static final int LONGEST_DOCUMENT = 8_000_000;

    private static final int HISTORY_CHARACTERS = 4_000_000;

    private ConfigurationRules() {}

    static long apply(Draft draft, Command.Apply apply) {
        if (apply.expectedRevision() != -1 && apply.expectedRevision() != draft.revision) {
            throw new Refusal("The document is not applied: it was made from revision " + apply.expectedRevision()
                    + ", and the present one is " + draft.revision
                    + (draft.history.isEmpty() ? "" : " by " + lastAuthor(draft))
                    + "; export, change and apply again");
        }
        List<String> unknown = apply.configuration().unknownNames();
        if (!unknown.isEmpty()) {
            throw new Refusal("The document is not applied: no resource or group is called " + Draft.listed(unknown));
        }
        if (apply.document().length() > LONGEST_DOCUMENT) {
            throw new Refusal("The document is not applied: it has "
                    + apply.document().length() + " characters, at most " + LONGEST_DOCUMENT + " are kept");
        }
        Configuration old = draft.configuration;
        draft.configuration = apply.configuration();
        draft.document = apply.document();
        draft.revision++;
        remember(draft, apply);
        redefine(draft, old);
        define(draft);
        removeGone(draft, old);
        draft.info(
                "",
                "",
                "Revision " + draft.revision + " of the cluster document is applied by " + apply.who() + " ("
                        + draft.configuration.resources().size() + " resources)");
        return draft.revision;
    }

    private static String lastAuthor(Draft draft) {
        return draft.history.get(draft.history.size() - 1).who();
    }

    private static void remember(Draft draft, Command.Apply apply) {
        draft.history = draft.history.plus(
                new Revision(draft.revision, draft.index, draft.entry.wallMillis(), apply.who(), apply.document()));
        long size = draft.history.stream().mapToLong(r -> r.document().length()).sum();
        while (draft.history.size() > ClusterState.HISTORY || (draft.history.size() > 1 && size > HISTORY_CHARACTERS)) {
            size -= draft.history.get(0).document().length();
            draft.history = draft.history.minus(0);
        }
    }

    private static void removeGone(Draft draft, Configuration old) {
        Instances defined = Instances.of(draft);
        for (String name : Instances.under(old, draft).withRights().keySet()) {
            if (defined.definition(name).isPresent()) {
                continue;
            }
            Grant grant = draft.grants.get(name);
            if (grant == null) {
                draft.instances = draft.instances.minus(name);
            } else {
                draft.info(
                        grant.node(),
                        name,
                        name + " is removed from the document; its grant on " + grant.node()
                                + " stays until it is stopped there");
            }
        }
    }

    /** What runs something else than what is configured now has to be restarted, and so has what is to know of promotion now, or no more. */
    private static void redefine(Draft draft, Configuration old) {
        Instances defined = Instances.of(draft);
        Instances earlier = Instances.under(old, draft);
        for (Resource resource : draft.configuration.resources().values()) {
            String name = resource.name();
            Resource before = old.resources().get(name);
            boolean sameRoles = earlier.promotable(name) == defined.promotable(name);
            if (before != null && before.sameService(resource) && sameRoles) {
                continue;
            }
            Set<String> instances = new TreeSet<>(defined.of(name));
            if (!sameRoles) { // also one that is being stopped, and may be in the next document again
                Instances.copies(draft.grants, name).forEach(copy -> instances.add(copy.instance()));
            }
            for (String instance : instances) {
                InstanceRecord record = draft.instances.get(instance);
                if (record != null) {
                    draft.put(record.redefined(draft.index));
                }
            }
        }
    }

    /** Gives every instance and every right a record. A new one of a known resource is wanted as that is. */
    private static void define(Draft draft) {
        Instances defined = Instances.of(draft);
        for (String resource : draft.configuration.resources().keySet()) {
            defined.of(resource).forEach(instance -> define(draft, resource, instance));
            defined.rights(resource).forEach(right -> define(draft, resource, right));
        }
    }

    private static void define(Draft draft, String resource, String instance) {
        if (!draft.instances.containsKey(instance)) {
            InstanceRecord fresh = InstanceRecord.fresh(instance, draft.index);
            draft.put(fresh.wishing(wanted(draft, resource)));
        }
    }

    private static Wish wanted(Draft draft, String resource) {
        InstanceRecord known = draft.instances.get(resource);
        known = known == null ? draft.instances.get(resource + ":0") : known;
        return known == null ? Wish.NONE : known.wanted().withMovedTo("");
    }

    /** Where a clone has an instance for each node, a new node has one too. */
    static void joined(Draft draft) {
        if (Instances.of(draft).followNodes()) {
            define(draft);
        }
    }
}
