package io.holdfast.planner.engine;

import io.holdfast.planner.cluster.Cluster;
import java.util.List;

/** Plans a cluster. Pure: equal clusters give equal outcomes. */
public final class Engine {
    private Engine() {}

    /** {@return what is to be done with the cluster, and what comes of it} */
    public static Outcome plan(Cluster cluster) {
        return new OutcomeWriter(steps(cluster)).write();
    }

    /**
     * Says why.
     *
     * @param cluster the cluster
     * @param resource a primitive, group or clone in it
     * @return for each instance a sentence, then a line for each node with all that counted for and against it; empty if there is no
     *     such resource
     */
    public static List<String> explain(Cluster cluster, String resource) {
        World world = new World(cluster);
        return Explanation.trace(world, resource) ? new Explanation(steps(world).world).lines() : List.of();
    }

    static StepBook steps(Cluster cluster) {
        return steps(new World(cluster));
    }

    private static StepBook steps(World world) {
        new SiteStatus(world).apply();
        HistoryReader history = new HistoryReader(world);
        history.apply();
        new LocationRules(world).apply();
        Bonds.make(world);
        Assigner assigner = new Assigner(world);
        assigner.assignAll();
        StepBook book = new StepBook(world);
        InnerOrders inner = new InnerOrders(book);
        world.tops.forEach(inner::apply);
        new OrderRules(book).apply();
        RoleSteps roleSteps = new RoleSteps(book, history.changed, history.reloads);
        world.tops.forEach(roleSteps::apply);
        new FenceRules(book).apply();
        new Linker(book, assigner.following()).apply();
        new Propagation(book).run();
        return book;
    }
}
