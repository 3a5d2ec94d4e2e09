package io.holdfast.model;

/**
 * Applies commands. Pure: equal arguments give equal results, on every node and in every version that knows the command.
 *
 * <p>What is unsafe is refused here, whoever asks for it, so that no planner or daemon above can break the promise that an exclusive
 * instance never runs on two nodes.
 */
public final class Rules {
    private Rules() {}

    /**
     * What {@link Rules#apply} gives.
     *
     * @param state the state afterwards
     * @param result done, or refused
     */
    public record Applied(ClusterState state, Result result) {}

    /**
     * Applies the entry at {@code index}; a refusal changes nothing but the index.
     *
     * @throws IllegalStateException if {@code index} is not greater than the state's: fencing tokens are indexes, and only grow
     */
    public static Applied apply(ClusterState state, long index, Entry entry) {
        if (index <= state.index()) {
            throw new IllegalStateException("Ledger index " + index + " is applied after index " + state.index()
                    + ": the ledger must call once for each entry, in order");
        }
        Draft draft = new Draft(state, index, entry);
        Result result;
        try {
            result = new Result.Done(dispatch(draft, entry.command()));
        } catch (Refusal refusal) {
            return new Applied(draft.untouched(), new Result.Refused(refusal.reason()));
        }
        return new Applied(draft.finished(), result);
    }

    private static long dispatch(Draft draft, Command command) {
        if (command instanceof Command.Join c) {
            return MemberRules.join(draft, c);
        } else if (command instanceof Command.Resume c) {
            return MemberRules.resume(draft, c);
        } else if (command instanceof Command.Leave c) {
            return MemberRules.leave(draft, c);
        } else if (command instanceof Command.Expel c) {
            return FenceRules.expel(draft, c);
        } else if (command instanceof Command.Fenced c) {
            return FenceRules.fenced(draft, c);
        } else if (command instanceof Command.Lied c) {
            return FenceRules.lied(draft, c);
        } else if (command instanceof Command.VotersChanged c) {
            return VoteRules.changed(draft, c);
        } else if (command instanceof Command.VotersSettled c) {
            return VoteRules.settled(draft, c);
        } else if (command instanceof Command.Hold c) {
            return FenceRules.hold(draft, c);
        } else if (command instanceof Command.Unhold c) {
            return FenceRules.unhold(draft, c);
        } else if (command instanceof Command.Allow c) {
            return GrantRules.allow(draft, c);
        } else if (command instanceof Command.Revoke c) {
            return GrantRules.revoke(draft, c);
        } else if (command instanceof Command.Release c) {
            return GrantRules.release(draft, c);
        } else if (command instanceof Command.Reported c) {
            return InstanceRules.reported(draft, c);
        } else if (command instanceof Command.Failure c) {
            return InstanceRules.failure(draft, c);
        } else if (command instanceof Command.Forget c) {
            return InstanceRules.forget(draft, c);
        } else if (command instanceof Command.Note c) {
            return InstanceRules.note(draft, c);
        } else if (command instanceof Command.Apply c) {
            return ConfigurationRules.apply(draft, c);
        } else if (command instanceof Command.Move c) {
            return WishRules.move(draft, c);
        } else if (command instanceof Command.Unmove c) {
            return WishRules.unmove(draft, c);
        } else if (command instanceof Command.Start c) {
            return WishRules.start(draft, c);
        } else if (command instanceof Command.Stop c) {
            return WishRules.stop(draft, c);
        } else if (command instanceof Command.Retry c) {
            return WishRules.retry(draft, c);
        } else if (command instanceof Command.Standby c) {
            return NodeRules.standby(draft, c);
        } else if (command instanceof Command.Maintenance c) {
            return NodeRules.maintenance(draft, c);
        } else if (command instanceof Command.Attribute c) {
            return NodeRules.attribute(draft, c);
        } else if (command instanceof Command.Announce c) {
            return NodeRules.announce(draft, c);
        } else if (command instanceof Command.RaiseLevel c) {
            return MemberRules.raiseLevel(draft, c);
        } else if (command instanceof Command.Deploy c) {
            return DeploymentRules.deploy(draft, c);
        } else if (command instanceof Command.Deployed c) {
            return DeploymentRules.deployed(draft, c);
        } else if (command instanceof Command.RollBack c) {
            return DeploymentRules.rollBack(draft, c);
        } else if (command instanceof Command.Undeploy c) {
            return DeploymentRules.undeploy(draft, c);
        }
        throw new IllegalStateException("No rule for " + command.getClass().getSimpleName());
    }
}
