package io.holdfast.api.cluster;

/**
 * A resource instance as people see it.
 *
 * @param name its name
 * @param type its type
 * @param state {@code active}, {@code starting}, {@code stopping}, {@code stopped}, {@code failed}, {@code blocked} or {@code unknown}
 * @param node where it is granted, empty if nowhere
 * @param token the fencing token of its grant, 0 if none
 * @param reason why it is in that state and place
 * @param failures failures that count now, over all nodes
 * @param retryAt when it will be tried again where it failed, ISO-8601, empty if nothing waits
 * @param role of one that can be promoted and is granted: {@code promoted}, {@code promoting}, {@code demoting} or {@code unpromoted};
 *     else empty
 * @param promotedToken the fencing token of its right to be promoted, 0 if it has none
 */
public record ResourceStatus(
        String name,
        String type,
        String state,
        String node,
        long token,
        String reason,
        int failures,
        String retryAt,
        String role,
        long promotedToken) {

    /** One that is never promoted. */
    public ResourceStatus(
            String name,
            String type,
            String state,
            String node,
            long token,
            String reason,
            int failures,
            String retryAt) {
        this(name, type, state, node, token, reason, failures, retryAt, "", 0);
    }
}
