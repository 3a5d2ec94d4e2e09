package io.holdfast.fencing;

import io.holdfast.api.transport.Delivery;
import io.holdfast.fencing.LeaseMessage.Answer;
import io.holdfast.fencing.LeaseMessage.Ask;
import io.holdfast.membership.World;
import io.holdfast.model.NodeRecord;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.random.RandomGenerator;

/**
 * The leader's look at who fell silent. A member is reported only when its lease is certainly over: at one instant, no majority can
 * have acknowledged it within the lease. So a fault shorter than the lease, or one broken link, moves nothing.
 */
final class SilenceWatch {
    private final World world;
    private final LeaseVoter voter;
    private final BiConsumer<Member, Long> silent;
    /** When each question was sent; a leader's questions never repeat the number of another's. */
    private final TreeMap<Long, Long> rounds = new TreeMap<>();

    private final Map<Member, Map<String, Quiet>> seen = new HashMap<>();
    private long round;

    /** A voter certainly acknowledged nothing after {@code since} and up to {@code until}. */
    private record Quiet(long since, long until) {}

    /** @param silent is told the member and for how long it was silent at least */
    SilenceWatch(World world, LeaseVoter voter, RandomGenerator random, BiConsumer<Member, Long> silent) {
        this.world = world;
        this.voter = voter;
        this.silent = silent;
        this.round = random.nextLong() >>> 2; // far from the end, never 0
    }

    void clear() {
        seen.clear();
        rounds.clear();
    }

    /** Asks the voters about the member, if this node itself has not heard of it for long. */
    void look(NodeRecord record) {
        Member member = Member.of(record);
        if (!suspicious(member)) {
            seen.remove(member);
            return;
        }
        rounds.headMap(round - 1000, true).clear();
        rounds.put(++round, now());
        byte[] ask = new Ask(member, round).encoded();
        Electorate.of(world.log())
                .everybody()
                .forEach(name -> world.transport().send(name, LeaseMessage.ASK, ask, Delivery.URGENT));
    }

    private boolean suspicious(Member member) {
        return voter.quiet(member) > world.leaseNanos() / 2 && voter.holdLeft(member) == 0;
    }

    /** Takes an answer about a member that is not refused yet. */
    void answered(String from, Answer answer) {
        Long asked = rounds.get(answer.round());
        Member member = answer.member();
        if (asked == null
                || !suspicious(member)
                || !member.renewable(world.log().state())) {
            return;
        }
        // What it acknowledged between our question and its answer is not in the answer of another voter: only what was
        // true when
        // we asked is sure.
        Quiet quiet = new Quiet(Math.addExact(now(), -answer.quiet()), asked);
        Map<String, Quiet> answers = seen.computeIfAbsent(member, any -> new HashMap<>());
        answers.merge(from, quiet, (old, fresh) -> fresh.until() >= old.until() ? fresh : old);
        long recent = now() - world.leaseNanos() / 2;
        answers.values().removeIf(one -> one.until() < recent); // a member that came back since is left alone
        long longest = 0;
        for (Quiet one : answers.values()) {
            longest = Math.max(longest, quietAt(one.until(), answers));
        }
        long needed = LeaseArithmetic.padded(world.leaseNanos());
        if (longest > needed) {
            silent.accept(member, longest);
        } else if (needed - longest < 2 * tick() && answers.values().stream().allMatch(one -> one.until() == asked)) {
            world.loop().schedule(Duration.ofNanos(needed - longest + 1_000_000), () -> again(member));
        }
    }

    /** {@return for how long no majority can have acknowledged before {@code instant}} */
    private long quietAt(long instant, Map<String, Quiet> answers) {
        Map<String, Long> quiet = new HashMap<>();
        answers.forEach((name, one) -> {
            if (one.until() >= instant) {
                quiet.put(name, instant - one.since());
            }
        });
        return Electorate.of(world.log()).least(set -> LeaseArithmetic.majorityQuiet(set, quiet));
    }

    private void again(Member member) {
        if (seen.containsKey(member)) {
            member.in(world.log().state()).filter(NodeRecord::joined).ifPresent(this::look);
        }
    }

    private long tick() {
        return world.leaseNanos() / 10;
    }

    private long now() {
        return world.loop().nanos();
    }
}
