package io.holdfast.model.config;

/** Names of what may be said of a resource or of the whole cluster beside what has a place of its own. */
public final class Option {
    /** Of a resource: {@code false} if it may be stopped for the sake of those that it follows. */
    public static final String CRITICAL = "critical";
    /** Of a resource: {@code true} if it can move without a stop. */
    public static final String LIVE_MIGRATION = "live-migration";
    /** Of a resource: what to do if it is found on several nodes. */
    public static final String SEVERAL_ACTIVE = "several-active";
    /** Of a resource: what it needs of the cluster before it starts. */
    public static final String REQUIRES = "requires";
    /** Of a resource: {@code true} if the health of nodes does not matter to it. */
    public static final String UNHEALTHY_NODES = "unhealthy-nodes";
    /** Of the cluster: how much capacity counts. */
    public static final String STRATEGY = "placement.strategy";
    /** Of the cluster: {@code true} if a resource runs only on nodes that a constraint names for it. */
    public static final String OPT_IN = "placement.opt-in";
    /** Of the cluster: what the health of nodes means. */
    public static final String HEALTH = "health.strategy";
    /** Of the cluster: begins the names of the scores of health. */
    public static final String HEALTH_SCORES = "health.";

    private Option() {}
}
