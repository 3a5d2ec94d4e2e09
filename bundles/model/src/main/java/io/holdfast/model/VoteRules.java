package io.holdfast.model;

import io.holdfast.model.ClusterState.Votes;
import java.util.ArrayList;
import java.util.List;

/** Changes of voters. */
final class VoteRules {
    private VoteRules() {}

    static long changed(Draft draft, Command.VotersChanged changed) {
        if (!draft.entry.origin().isEmpty()) {
            throw new Refusal("A change of voters was refused: it comes from " + draft.entry.origin()
                    + ", and only the ledger itself knows who votes; use 'ha voter'");
        }
        Votes old = draft.votes;
        List<String> voting = changed.voting().stream().sorted().distinct().toList();
        if (voting.equals(old.voting())) {
            return old.index();
        }
        List<List<String>> earlier = new ArrayList<>(old.earlier());
        if (!old.voting().isEmpty()) {
            earlier.add(old.voting());
        }
        draft.votes = new Votes(draft.index, voting, List.copyOf(earlier));
        return draft.index; // told when it is settled: this entry is the ledger's own, and carries no time
    }

    static long settled(Draft draft, Command.VotersSettled settled) {
        if (settled.votesIndex() != draft.votes.index()) {
            throw new Refusal("Closing the change of voters at index " + settled.votesIndex()
                    + " was refused: the voters changed again at index " + draft.votes.index());
        }
        boolean news = !draft.votes.earlier().isEmpty(); // the first voters are none
        draft.votes = new Votes(draft.votes.index(), draft.votes.voting(), List.of());
        if (news) {
            draft.info("", "", "The voters are now " + Draft.listed(draft.votes.voting()));
        }
        return draft.index;
    }
}
