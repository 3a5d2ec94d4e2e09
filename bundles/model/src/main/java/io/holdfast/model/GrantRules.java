package io.holdfast.model;

import io.holdfast.model.config.CloneSetting;
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
                instance + " goes to " + node.name() + " under token " + draft.index + Draft.because(allow.reason()));
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
            there += other.node().equals(allow.node()) ? 1 : 0;
        }
        if (single != null) {
            throw new Refusal(what + " refused: " + single.node() + " still holds " + single.instance()
                    + ", from a document of before; it must release it or be fenced first");
        }
        if (clone.isPresent() && there >= clone.get().perNode()) {
            throw new Refusal(what + " refused: " + allow.node() + " holds " + there + " of " + resource
                    + " already, and may have " + clone.get().perNode());
        }
    }

    static long revoke(Draft draft, Command.Revoke revoke) {
        String what = "Revoking of " + revoke.instance();
        Grant grant = draft.grant(revoke.instance(), revoke.token(), what);
        if (!grant.revoked()) {
            draft.put(new Grant(
                    grant.instance(), grant.node(), grant.incarnation(), grant.token(), true, revoke.reason()));
            draft.info(
                    grant.node(),
                    grant.instance(),
                    grant.instance() + " is to stop on " + grant.node() + " (token " + grant.token() + ")"
                            + Draft.because(revoke.reason()));
        }
        return draft.index;
    }

    static long release(Draft draft, Command.Release release) {
        String what = "Release of " + release.instance() + " by " + release.node();
        draft.fromItself(release.node(), what);
        Grant grant = draft.grant(release.instance(), release.node(), release.incarnation(), release.token(), what);
        if (!grant.revoked()) { // a daemon that went on as this incarnation meanwhile may have started it again
            throw new Refusal(what + " refused: token " + grant.token() + " is not revoked, so " + grant.node()
                    + " may be starting it; revoke it first");
        }
        draft.free(grant);
        draft.info(
                grant.node(),
                grant.instance(),
                grant.instance() + " is stopped on " + grant.node() + ", token " + grant.token() + " is released"
                        + Draft.because(grant.reason()));
        return draft.index;
    }
}
