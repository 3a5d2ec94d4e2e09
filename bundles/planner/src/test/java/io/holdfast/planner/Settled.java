package io.holdfast.planner;

import io.holdfast.model.Command;
import io.holdfast.model.Grant;
import io.holdfast.model.InstanceRecord.State;

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
            return Scene.after(
                    next,
                    grant.node(),
                    new Command.Release(grant.instance(), grant.node(), grant.incarnation(), grant.token()));
        }
        return next;
    }
}
