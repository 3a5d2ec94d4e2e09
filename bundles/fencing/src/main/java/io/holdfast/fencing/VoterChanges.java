package io.holdfast.fencing;

import io.holdfast.api.transport.Delivery;
import io.holdfast.fencing.LeaseMessage.Ask;
import io.holdfast.membership.World;
import io.holdfast.model.Command;
import io.holdfast.model.NodeRecord;
import io.holdfast.model.NodeRecord.HoldRecord;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The leader's care for a change of voters: it stays open until a majority of each earlier set acknowledges under the new one, and
 * until every lease that they acknowledged before is over.
 */
final class VoterChanges {
    private static final Logger log = LoggerFactory.getLogger(VoterChanges.class);
    private static final Duration LIMIT = Duration.ofSeconds(5);

    private final World world;
    private final Map<String, Long> applied = new HashMap<>();
    private long closing;
    private long closesAt = Long.MAX_VALUE;
    private boolean busy;

    VoterChanges(World world) {
        this.world = world;
    }

    void clear() {
        applied.clear();
        closing = 0;
        closesAt = Long.MAX_VALUE;
        busy = false;
    }

    /** Asks the earlier voters, or closes the change when it is time. */
    void look() {
        Electorate electorate = Electorate.of(world.log());
        if (electorate.earlier().isEmpty()) {
            clear();
            return;
        }
        if (closing != electorate.index()) {
            clear();
            closing = electorate.index();
        }
        long now = world.loop().nanos();
        if (isIn(electorate)) {
            closesAt = now;
        } else if (closesAt == Long.MAX_VALUE && wentAlone(electorate)) {
            closesAt = now + longest();
        }
        if (closesAt == Long.MAX_VALUE) {
            byte[] ask = new Ask(new Member("", 0), 0).encoded();
            electorate.earlier().stream()
                    .flatMap(List::stream)
                    .distinct()
                    .forEach(voter -> world.transport().send(voter, LeaseMessage.ASK, ask, Delivery.URGENT));
        } else if (now >= closesAt && !busy) {
            busy = true;
            world.log()
                    .append(new Command.VotersSettled(electorate.index()), LIMIT)
                    .whenComplete((appended, failure) -> busy = false);
        }
    }

    /** The only voter is in every majority of the earlier sets: its own word covers whatever rests on them. */
    private static boolean isIn(Electorate electorate) {
        return electorate.voting().size() == 1
                && electorate.earlier().stream()
                        .allMatch(set -> set.size() <= 2
                                && set.contains(electorate.voting().get(0)));
    }

    /**
     * One of two went on alone before the change that had made it a voter was settled: leases may rest on the other one alone, which was off
     * by then and acknowledges nothing in this history any more. It cannot answer, but they end.
     */
    private static boolean wentAlone(Electorate electorate) {
        return electorate.voting().size() == 1 && electorate.everybody().size() == 2;
    }

    /** A node acknowledges under the configuration of index {@code votes} from now on. */
    void answered(String from, long votes) {
        applied.merge(from, votes, Math::max);
        Electorate electorate = Electorate.of(world.log());
        if (closesAt != Long.MAX_VALUE || electorate.earlier().isEmpty() || closing != electorate.index()) {
            return;
        }
        boolean all = electorate.earlier().stream()
                .allMatch(set -> set.stream()
                                .filter(voter -> applied.getOrDefault(voter, -1L) >= electorate.index())
                                .count()
                        >= LeaseArithmetic.majority(set.size()));
        if (all) {
            long span = longest();
            closesAt = world.loop().nanos() + span;
            log.info(
                    "The voters are {}; what rests on earlier ones is over in {}",
                    electorate.voting(),
                    Spans.words(span));
            world.loop().schedule(Duration.ofNanos(span), this::look);
        }
    }

    /** The longest lease or hold that anybody has, with its kill time, on any clock. */
    private long longest() {
        long longest = world.leaseNanos();
        for (NodeRecord record : world.log().state().nodes().values()) {
            if (record.mayRun()) {
                long hold = record.holds().values().stream()
                        .mapToLong(HoldRecord::spanMillis)
                        .max()
                        .orElse(0);
                long lease = Math.max(record.terms().leaseMillis(), hold)
                        + record.terms().killMillis();
                longest = Math.max(longest, lease * 1_000_000);
            }
        }
        return LeaseArithmetic.padded(longest);
    }
}
