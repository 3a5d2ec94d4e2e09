package io.holdfast.planner;

import io.holdfast.model.Command;
import java.util.Optional;

/** A next step, with its reason. All actions of one plan are independent of each other and can be taken at once. */
public sealed interface Action {

    /** {@return the instance that it is about} */
    String instance();

    /** {@return why, for people} */
    String reason();

    /** {@return the command that carries it out; empty for a wait} */
    Optional<Command> command();

    /**
     * Grant it to an incarnation.
     *
     * @param instance the instance
     * @param node the node
     * @param incarnation its incarnation
     * @param reason why there
     */
    record Allow(String instance, String node, long incarnation, String reason) implements Action {
        @Override
        public Optional<Command> command() {
            return Optional.of(new Command.Allow(instance, node, incarnation, reason));
        }
    }

    /**
     * Ask its holder to stop it and release the grant.
     *
     * @param instance the instance
     * @param token the grant's
     * @param reason why
     */
    record Revoke(String instance, long token, String reason) implements Action {
        @Override
        public Optional<Command> command() {
            return Optional.of(new Command.Revoke(instance, token, reason));
        }
    }

    /**
     * Forget failures that are old enough.
     *
     * @param instance the instance
     * @param node where it failed
     * @param lastWallMillis when it failed last, as recorded
     * @param reason why they no longer count
     */
    record Forget(String instance, String node, long lastWallMillis, String reason) implements Action {
        @Override
        public Optional<Command> command() {
            return Optional.of(new Command.Forget(instance, node, lastWallMillis));
        }
    }

    /**
     * Leave it as it is, though it is not where it ought to be.
     *
     * @param instance the instance
     * @param reason what has to happen first
     */
    record Wait(String instance, String reason) implements Action {
        @Override
        public Optional<Command> command() {
            return Optional.empty();
        }
    }
}
