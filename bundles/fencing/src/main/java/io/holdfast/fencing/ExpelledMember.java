package io.holdfast.fencing;

import io.holdfast.api.runtime.Scheduled;
import io.holdfast.fencing.LeaseMessage.Answer;
import io.holdfast.model.NodeRecord.Terms;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What the leader knows of a member that is expelled and not fenced yet. */
final class ExpelledMember {
    final Member member;
    final Terms terms;
    final long expelIndex;
    /** Since when this leader knows of it. */
    final long since;

    private final Map<String, Reply> replies = new HashMap<>();
    private @Nullable Scheduled timer;
    /** What was told of its devices already. */
    final Set<String> told = new HashSet<>();

    boolean committing;
    boolean asking;
    boolean awaitingProof;
    /** What went wrong with its proof; empty if nothing did. */
    String trouble = "";
    /** Why the end of its lease proves nothing; empty if it proves. */
    String unproved = "";

    /** When this voter's wait is over, and when it last acknowledged, as far as it remembers. */
    private record Reply(long end, long silentSince, boolean hold) {}

    ExpelledMember(Member member, Terms terms, long expelIndex, long since) {
        this.member = member;
        this.terms = terms;
        this.expelIndex = expelIndex;
        this.since = since;
    }

    /** {@return what keeps it from being fenced, empty if only time does} */
    String why() {
        return trouble.isEmpty() ? unproved : trouble;
    }

    /** Takes the answer of a voter that refuses the member; of several, each is right, so the earliest end counts. */
    void answered(String voter, Answer answer, long now) {
        Reply reply = new Reply(Math.addExact(now, answer.left()), now - answer.quiet(), answer.hold());
        replies.merge(voter, reply, (old, fresh) -> fresh.end() < old.end() ? fresh : old);
    }

    boolean answeredBy(String voter) {
        return replies.containsKey(voter);
    }

    /** {@return when the wait is over, empty while no majority (of each set that may count) answered} */
    OptionalLong end(Electorate electorate) {
        Map<String, Long> ends = replies.entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, e -> e.getValue().end()));
        return electorate.latest(set -> LeaseArithmetic.endOfWait(set, ends));
    }

    /** {@return why it is safe, for people} */
    String explained(Electorate electorate, long end, long now) {
        List<String> names = electorate.everybody().stream()
                .filter(replies::containsKey)
                .filter(voter -> reply(voter).end() <= end)
                .sorted()
                .toList();
        long silent = names.stream()
                .mapToLong(voter -> now - reply(voter).silentSince())
                .min()
                .orElse(0);
        boolean hold = names.stream().anyMatch(voter -> reply(voter).hold());
        return "silent since " + Spans.words(silent) + ": " + (hold ? "its hold, " : "") + "lease "
                + Spans.words(terms.leaseMillis() * 1_000_000) + " + kill time "
                + Spans.words(terms.killMillis() * 1_000_000) + " + 1 % are over, by the clocks of " + listed(names);
    }

    private Reply reply(String voter) {
        Reply reply = replies.get(voter);
        if (reply == null) {
            throw new IllegalStateException("No answer of " + voter);
        }
        return reply;
    }

    static String listed(List<String> names) {
        int last = names.size() - 1;
        return last < 1
                ? String.join("", names)
                : String.join(", ", names.subList(0, last)) + " and " + names.get(last);
    }

    void timer(@Nullable Scheduled next) {
        if (timer != null) {
            timer.cancel();
        }
        timer = next;
    }
}
