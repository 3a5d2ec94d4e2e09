package io.holdfast.model;

import io.holdfast.model.config.CloneSetting;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Who may run what. */
final class GrantRules {
    private GrantRules() {}

    static long allow(Draft draft, Command.Allow allow) {
        String instance = allow.instance();
        String what = "Granting " + instance + " to " + allow.node();
        InstanceRecord record = draft.instances.get(instance);
        Instances defined = Instances.of(draft);
        if (record == null || defined.definition(instance).isEmpty()) {
            throw new Refusal(
                    what + " refused: " + instance + " is not in the cluster document; apply one that has it");
        }
        Grant present = draft.grants.get(instance);
        if (present != null) {
            throw new Refusal(what + " refused: " + present.node() + " incarnation " + present.incarnation()
                    + " holds it under token " + present.token()
                    + " and may run it; it must release it or be fenced first");
        }
        NodeRecord node = draft.node(allow.node(), allow.incarnation(), what);
        if (!node.joined()) {
            throw new Refusal(what + " refused: incarnation " + node.incarnation() + " of " + node.name() + " is "
                    + node.phase().name().toLowerCase(Locale.ROOT) + "; choose a node that is joined");
        }
        if (node.terms().witness()) {
            throw new Refusal(what + " refused: " + node.name() + " is a witness, which votes and runs nothing");
        }
        refuseBeside(draft, defined, allow, what);
        Grant grant = new Grant(instance, node.name(), node.incarnation(), draft.index, false, allow.reason());
        draft.put(grant);
        draft.put(record.granted(grant));
        draft.info(
                node.name(),
                instance,
                (Instances.isRight(instance)
                                ? Instances.resource(instance) + " is to be promoted on "
                                : instance + " goes to ")
                        + node.name() + " under token " + draft.index + Draft.because(allow.reason()));
        return draft.index;
    }

    /**
     * A resource that is cloned no more is exclusive again: nothing may be left of its instances, nor of the resource itself when it
     * becomes a clone. And no node has more instances of a clone than it may.
     */
    private static void refuseBeside(Draft draft, Instances defined, Command.Allow allow, String what) {
        String resource = Instances.resource(allow.instance());
        Grant single = draft.grants.get(resource);
        Optional<CloneSetting> clone = defined.clone(resource);
        int there = 0;
        for (Grant other : Instances.held(draft.grants, resource)) {
            single = clone.isEmpty() ? other : single;
            there += other.node().equals(allow.node()) && !Instances.isRight(other.instance()) ? 1 : 0;
        }
        if (single != null) {
            throw new Refusal(what + " refused: " + single.node() + " still holds " + single.instance()
                    + ", from a document of before; it must release it or be fenced first");
        }
        if (Instances.isRight(allow.instance())) {
            refuseRight(draft, clone.orElseThrow(), allow, what);
            return;
        }
        boolean alone = clone.filter(defines -> Instances.promoted(defines) > 0).isEmpty();
        for (Grant right : Instances.rights(draft.grants, resource)) {
            if (alone) {
                throw new Refusal(what + " refused: a copy on " + right.node() + " may still be promoted, by "
                        + right.instance() + " from a document of before; it must be demoted first");
            }
            if (right.node()
                    .equals(allow.node())) { // it is for the copy that is there, and no other must take it for its own
                throw new Refusal(what + " refused: " + allow.node() + " holds " + right.instance()
                        + " for the copy that it has; it must release that first");
            }
        }
        if (clone.isPresent() && there >= clone.get().perNode()) {
            throw new Refusal(what + " refused: " + allow.node() + " holds " + there + " of " + resource
                    + " already, and may have " + clone.get().perNode());
        }
    }

    /**
     * A right to be promoted goes to who holds a copy that is active and is to stay, one right to a node. Rights of a document of
     * before count as long as somebody holds them, so never are more promoted than may be.
     */
    private static void refuseRight(Draft draft, CloneSetting clone, Command.Allow allow, String what) {
        String resource = Instances.resource(allow.instance());
        List<Grant> copies = Instances.copies(draft.grants, resource).stream()
                .filter(copy -> copy.heldBy(allow.node(), allow.incarnation()))
                .toList();
        if (copies.size() != 1) {
            throw new Refusal(what + " refused: " + allow.node()
                    + (copies.isEmpty()
                            ? " holds no copy of " + resource + ", and only a copy that runs can be promoted"
                            : " holds " + copies.size() + " copies of " + resource + ", and it is not said which one"));
        }
        Grant copy = copies.get(0);
        if (copy.revoked() || !draft.reports(copy, InstanceRecord.State.ACTIVE)) {
            throw new Refusal(what + " refused: " + copy.instance() + " "
                    + (copy.revoked() ? "is to stop there" : "is not active there") + "; promote one that is");
        }
        InstanceRecord record = draft.instances.get(copy.instance());
        if (record == null || record.definedAt() > copy.token()) {
            throw new Refusal(what + " refused: " + copy.instance()
                    + " runs there as an earlier document says; it must be started again first");
        }
        InstanceRecord first =
                draft.instances.get(Instances.of(draft).rights(resource).get(0));
        for (Grant other : Instances.copies(draft.grants, resource)) {
            if (first != null && other.token() < first.definedAt()) {
                throw new Refusal(what + " refused: " + other.instance() + " was started on " + other.node()
                        + " when none was to be promoted, and acts by itself; it must be stopped first");
            }
        }
        List<Grant> rights = Instances.rights(draft.grants, resource);
        if (rights.size() >= Instances.promoted(clone)) {
            throw new Refusal(what + " refused: " + rights.get(0).node() + " still holds "
                    + rights.get(0).instance() + ", and at most " + Instances.promoted(clone)
                    + " may be promoted; it must release it or be fenced first");
        }
        for (Grant right : rights) {
            if (right.node().equals(allow.node())) {
                throw new Refusal(what + " refused: " + copy.instance() + " may be promoted already, by "
                        + right.instance() + " under token " + right.token());
            }
        }
    }

    static long revoke(Draft draft, Command.Revoke revoke) {
        String what = "Revoking of " + revoke.instance();
        Grant grant = draft.grant(revoke.instance(), revoke.token(), what);
        takeBack(draft, grant, revoke.reason());
        if (!Instances.isRight(grant.instance())) { // what is to stop is demoted first
            rightsWith(draft, grant).forEach(right -> takeBack(draft, right, revoke.reason()));
        }
        return draft.index;
    }

    private static void takeBack(Draft draft, Grant grant, String reason) {
        if (!grant.revoked()) {
            draft.put(new Grant(grant.instance(), grant.node(), grant.incarnation(), grant.token(), true, reason));
            draft.info(
                    grant.node(),
                    grant.instance(),
                    (Instances.isRight(grant.instance())
                                    ? Instances.resource(grant.instance()) + " is to be demoted"
                                    : grant.instance() + " is to stop")
                            + " on " + grant.node() + " (token " + grant.token() + ")"
                            + Draft.because(reason));
        }
    }

    /** The rights under which this copy may be promoted. */
    private static List<Grant> rightsWith(Draft draft, Grant copy) {
        return Instances.rights(draft.grants, Instances.resource(copy.instance())).stream()
                .filter(right -> right.heldBy(copy.node(), copy.incarnation()))
                .toList();
    }

    static long release(Draft draft, Command.Release release) {
        String what = "Release of " + release.instance() + " by " + release.node();
        draft.fromItself(release.node(), what);
        Grant grant = draft.grant(release.instance(), release.node(), release.incarnation(), release.token(), what);
        if (!grant.revoked()) { // a daemon that went on as this incarnation meanwhile may have started it again
            throw new Refusal(what + " refused: token " + grant.token() + " is not revoked, so " + grant.node()
                    + " may be starting it; revoke it first");
        }
        boolean right = Instances.isRight(grant.instance());
        List<Grant> rights = right ? List.of() : rightsWith(draft, grant);
        if (!rights.isEmpty()) {
            throw new Refusal(what + " refused: it still holds " + rights.get(0).instance()
                    + ", by which it may be promoted; release that first");
        }
        draft.free(grant);
        draft.info(
                grant.node(),
                grant.instance(),
                (right ? Instances.resource(grant.instance()) + " is not promoted" : grant.instance() + " is stopped")
                        + " on " + grant.node() + ", token " + grant.token() + " is released"
                        + Draft.because(grant.reason()));
        return draft.index;
    }
}
