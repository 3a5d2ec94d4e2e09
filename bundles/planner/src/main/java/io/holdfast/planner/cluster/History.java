package io.holdfast.planner.cluster;

import java.util.List;

/**
 * What was done with one resource on one node.
 *
 * @param node the node's name
 * @param resource the resource's name as it was recorded there, perhaps with the number of an instance
 * @param agent what ran it
 * @param entries as recorded, in no particular order
 */
public record History(String node, String resource, Resource.Agent agent, List<Entry> entries) {
    /** Copies the list. */
    public History {
        entries = List.copyOf(entries);
    }

    /** What became of an operation, as far as the node's executor could tell. */
    public enum Execution {
        /** It still runs. */
        PENDING,
        /** It ended as expected. */
        DONE,
        /** It was called off. */
        CANCELLED,
        /** It took too long. */
        TIMEOUT,
        /** It is not supported. */
        NOT_SUPPORTED,
        /** It ended otherwise than expected. */
        ERROR,
        /** Trying again is of no use on this node. */
        ERROR_HARD,
        /** Trying again is of no use anywhere. */
        ERROR_FATAL,
        /** The agent is not there. */
        NOT_INSTALLED,
        /** Nobody can tell. */
        OTHER
    }

    /**
     * One operation.
     *
     * @param id its name in the record
     * @param task such as {@code monitor}
     * @param intervalMillis 0 for one that does not recur
     * @param call number of the call on that node; -1 if it still runs
     * @param execution what became of it
     * @param exit the agent's exit code
     * @param expected the exit code that was expected; -1 if that is not known
     * @param transition the run of the planner that asked for it, as {@code number@planner}
     * @param changedAt seconds since 1970 of the last change of its result; -1 if unknown
     * @param migrateSource where a migration went from, or empty
     * @param migrateTarget where a migration went to, or empty
     * @param digest of the parameters that it was given, or empty
     * @param restartDigest of those parameters whose change needs a restart, or empty
     * @param restartParameters the names in the former, or the names that are not in it, separated by blanks
     */
    public record Entry(
            String id,
            String task,
            long intervalMillis,
            int call,
            Execution execution,
            int exit,
            int expected,
            Transition transition,
            long changedAt,
            String migrateSource,
            String migrateTarget,
            String digest,
            String restartDigest,
            String restartParameters) {}

    /**
     * Which run of the planner asked for an operation.
     *
     * @param planner the planner's identity, or empty
     * @param number the number of its run
     */
    public record Transition(String planner, int number) {}
}
