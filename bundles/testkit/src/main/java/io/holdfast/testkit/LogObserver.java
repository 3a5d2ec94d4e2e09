package io.holdfast.testkit;

import io.holdfast.model.ClusterState;
import io.holdfast.model.Entry;
import io.holdfast.model.Result;

/** Hears what the simulated logs of all processes do, from outside. */
interface LogObserver {
    /** What a process applied. */
    record AppliedItem(String node, long index, long term, String id, Entry entry, Result result, ClusterState state) {}

    /** A process proposes what it calls {@code id}. */
    void proposed(String id);

    /** A process was sent an entry that its version cannot read. */
    void unreadable(String node, String what);

    /** A process applied an entry, perhaps again after a restart. */
    void applied(AppliedItem item);

    /** A process took a state over without its entries. */
    void replaced(String node, ClusterState state);

    /** A node leads in a term. */
    void elected(String node, long term);

    /** Somebody was told that the entry at {@code index} is done. */
    void told(long index);

    /** {@return the newest index that anybody was told is done; a read that begins now must see it} */
    long readBegins();

    /** A read that began when {@code atLeast} was done sees the state at {@code index}. */
    void readEnds(String node, long atLeast, long index);
}
