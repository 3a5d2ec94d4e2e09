package io.holdfast.planner;

import io.holdfast.model.Command;
import io.holdfast.model.Grant;
import io.holdfast.model.InstanceRecord.State;
import io.holdfast.model.Instances;

/** Carries plans out, at once and with success, until there is nothing more to do. */
final class Settled {
    private Settled() {}

    static Facts from(Facts facts) {
        Facts now = facts;
        Plan plan = Planner.plan(now);
        for (int round = 0; round < 200 && !plan.quiet(); round++) {
            for (Action action : plan.actions()) {
                now = play(now, action);
            }
            plan = Planner.plan(now);
        }
        return now;
    }

    private static Facts play(Facts facts, Action action) {
        if (action.command().isEmpty()) {
            return facts;
        }
        Facts next = Scene.after(facts, "n1", action.command().get());
        Grant grant = next.state().grants().get(action.instance());
        if (action instanceof Action.Allow) {
            return Scene.after(
                    next,
                    grant.node(),
                    new Command.Reported(
                            grant.instance(), grant.node(), grant.incarnation(), grant.token(), State.ACTIVE, ""));
        } else if (action instanceof Action.Revoke) {
            Facts demoted = next;
            if (!Instances.isRight(grant.instance())) { // the right to be promoted is revoked with the copy
                for (Grant right : Instances.rights(next.state().grants(), Instances.resource(grant.instance()))) {
                    demoted = right.heldBy(grant.node(), grant.incarnation()) ? released(demoted, right) : demoted;
                }
            }
            return released(demoted, grant);
        }
        return next;
    }

    private static Facts released(Facts facts, Grant grant) {
        return Scene.after(
                facts,
                grant.node(),
                new Command.Release(grant.instance(), grant.node(), grant.incarnation(), grant.token()));
    }
}
