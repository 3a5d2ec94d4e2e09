package io.holdfast.planner.engine;

import io.holdfast.planner.cluster.Cluster;

/** Plans a cluster. Pure: equal clusters give equal outcomes. */
public final class Engine {
    private Engine() {}

    /** {@return what is to be done with the cluster, and what comes of it} */
    public static Outcome plan(Cluster cluster) {
        return new OutcomeWriter(steps(cluster)).write();
    }

    static StepBook steps(Cluster cluster) {
        World world = new World(cluster);
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
