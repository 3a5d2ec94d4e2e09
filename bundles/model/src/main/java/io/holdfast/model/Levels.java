package io.holdfast.model;

import io.holdfast.model.config.CloneSetting;
import java.util.Collection;
import java.util.Optional;
import java.util.function.ToIntFunction;

/**
 * What a version of Holdfast understands, as a number: its functional level. It grows by one with each version that adds a command,
 * or a value in one, that the version before could not read.
 *
 * <p>The cluster works at one level, {@link ClusterState#level}, which everybody in it understands; a command of a higher one is not
 * sent at all, because it would reach every node that stores the log. People raise the level when all nodes are new enough.
 *
 * @param newest the highest level that this version understands
 * @param needed the lowest level at which a command, with these values, may be sent
 */
public record Levels(int newest, ToIntFunction<Command> needed) {
    /** This version. */
    public static final Levels THIS = new Levels(3, Levels::needed);

    /** The first level at which clones run: a version of before gives their instances no records, and refuses their grants. */
    private static final int CLONES = 2;

    /** The first level at which copies are promoted: a version of before knows no rights, and would run one as an instance. */
    static final int PROMOTED = 3;

    private static int needed(Command command) {
        if (!(command instanceof Command.Apply apply)) {
            return 1;
        }
        Collection<CloneSetting> clones = apply.configuration().clones().values();
        return clones.stream().anyMatch(CloneSetting::promotable) ? PROMOTED : clones.isEmpty() ? 1 : CLONES;
    }

    /** {@return why the command may not be sent while the cluster works at the level of {@code state}; empty if it may} */
    public Optional<String> refusal(ClusterState state, Command command) {
        int level = needed.applyAsInt(command);
        return level <= state.level().number()
                ? Optional.empty()
                : Optional.of(command.getClass().getSimpleName() + " needs functional level " + level
                        + ", and the cluster works at level " + state.level().number()
                        + ": a node of an older version could not read it; update all nodes, then 'ha upgrade-level'");
    }

    /** {@return why this version cannot go on from {@code state}, and what to install; empty if it can} */
    public Optional<String> tooOldFor(ClusterState state) {
        return state.level().number() <= newest
                ? Optional.empty()
                : Optional.of(state.level().install(newest));
    }
}
