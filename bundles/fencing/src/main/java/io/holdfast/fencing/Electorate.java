package io.holdfast.fencing;

import io.holdfast.model.ClusterState;
import io.holdfast.model.ledger.ReplicatedLog;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/**
 * Whose word counts: the voters, and while a change of voters is open the earlier sets too. Two majorities of different sets need not
 * share a voter, so while more than one set may count, what is true must be true of a majority of each.
 *
 * @param index ledger index of the newest set
 * @param voting the newest set
 * @param earlier sets that may still count
 */
record Electorate(long index, List<String> voting, List<List<String>> earlier) {

    /** {@return the electorate at this moment; before the state says who votes, the ledger's word} */
    static Electorate of(ReplicatedLog log) {
        ClusterState.Votes votes = log.state().votes();
        return votes.index() == 0
                ? new Electorate(0, log.voters().voting(), List.of())
                : new Electorate(votes.index(), votes.voting(), votes.earlier());
    }

    /** {@return all sets, the newest first} */
    List<List<String>> sets() {
        List<List<String>> all = new ArrayList<>();
        all.add(voting);
        all.addAll(earlier);
        return all;
    }

    /** {@return everybody who is in any of the sets} */
    Collection<String> everybody() {
        if (earlier.isEmpty()) {
            return voting;
        }
        Set<String> names = new LinkedHashSet<>(voting);
        earlier.forEach(names::addAll);
        return names;
    }

    /** {@return the largest of what {@code rule} gives for each set, empty if it gives nothing for one of them} */
    OptionalLong latest(Function<List<String>, OptionalLong> rule) {
        long latest = Long.MIN_VALUE;
        for (List<String> set : sets()) {
            OptionalLong one = rule.apply(set);
            if (one.isEmpty()) {
                return OptionalLong.empty();
            }
            latest = Math.max(latest, one.getAsLong());
        }
        return OptionalLong.of(latest);
    }

    /** {@return the smallest of what {@code rule} gives for each set} */
    long least(ToLongFunction<List<String>> rule) {
        long least = rule.applyAsLong(voting);
        for (List<String> set : earlier) {
            least = Math.min(least, rule.applyAsLong(set));
        }
        return least;
    }
}
