package io.holdfast.model.ledger;

import java.util.ArrayList;
import java.util.List;

/**
 * Which log this is. Where one of two voters goes on alone, the log gets a new history: a number that is greater by one, and an id
 * that no other has. Messages of one history are not for another, so whatever has authority names it.
 *
 * @param epoch how often a voter went on alone before this; 0 is the log with which the cluster began
 * @param id unique
 * @param ancestors ids of the histories that this one goes on from, the oldest first
 */
public record History(long epoch, String id, List<String> ancestors) {
    /** More forks than any two nodes that ever meet again have between them. */
    private static final int MOST = 64;

    /** Copies the list. */
    public History {
        ancestors = List.copyOf(ancestors);
    }

    /** {@return the history of a cluster that begins} */
    public static History first(String id) {
        return new History(0, id, List.of());
    }

    /** {@return the history of a voter that goes on alone from this one} */
    public History next(String newId) {
        List<String> all = new ArrayList<>(ancestors);
        all.add(id);
        return new History(epoch + 1, newId, all.subList(Math.max(0, all.size() - MOST), all.size()));
    }

    /** {@return whether this one goes on from {@code other}, in which then nothing can be decided any more} */
    public boolean goesOnFrom(History other) {
        return ancestors.contains(other.id);
    }

    /** {@return whether neither goes on from the other: a person had a node go on that could not know of the other} */
    public boolean partedFrom(History other) {
        return !id.equals(other.id) && !goesOnFrom(other) && !other.goesOnFrom(this);
    }

    /**
     * {@return whether a node of this history that serves nobody gives it up for {@code other}} Of two that go on from each other the
     * later is right. Two that parted are there only when a person said of a living node that it is off, or told the one
     * that knew less to go on: then what serves stays, and otherwise the same one wins everywhere.
     *
     * @param serves whether {@code other} is served now
     */
    public boolean yieldsTo(History other, boolean serves) {
        if (id.equals(other.id) || goesOnFrom(other)) {
            return false;
        }
        return other.goesOnFrom(this)
                || serves
                || other.epoch > epoch
                || (other.epoch == epoch && other.id.compareTo(id) > 0);
    }
}
