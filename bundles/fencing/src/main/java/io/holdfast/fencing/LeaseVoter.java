package io.holdfast.fencing;

import io.holdfast.api.transport.Delivery;
import io.holdfast.fencing.LeaseMessage.Ack;
import io.holdfast.fencing.LeaseMessage.Answer;
import io.holdfast.fencing.LeaseMessage.Ask;
import io.holdfast.fencing.LeaseMessage.Renew;
import io.holdfast.membership.World;
import io.holdfast.model.ClusterState;
import io.holdfast.model.Command;
import io.holdfast.model.Entry;
import io.holdfast.model.NodeRecord;
import io.holdfast.model.NodeRecord.HoldRecord;
import io.holdfast.model.Result;
import io.holdfast.model.ledger.LogListener;
import io.holdfast.model.ledger.ReplicatedLog;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A voter's word about leases: it acknowledges renewals, remembers when, refuses whoever is expelled, and says how long to wait.
 *
 * <p>Its memory is that of this object and dies with it. A new one acknowledges nothing before it has applied all that the leader had
 * committed after its start, so it can forget when it acknowledged, but never whom it refused.
 */
public final class LeaseVoter {
    private static final Logger log = LoggerFactory.getLogger(LeaseVoter.class);
    private static final Duration BARRIER_LIMIT = Duration.ofSeconds(2);
    private static final Duration BARRIER_PAUSE = Duration.ofMillis(50);

    private final World world;
    private final Runnable acknowledgedOther;
    private final Subscriptions subscriptions;
    private final Map<Member, Long> acknowledged = new HashMap<>();
    private final Map<HoldKey, Long> holdsApplied = new HashMap<>();
    private long began;
    private long newest;
    private boolean voting;
    private boolean ready;
    private long barrier;
    private String withheld = "";

    private record HoldKey(Member member, long session, long seq) {}

    /** @param acknowledgedOther is called when the renewal of another node was acknowledged */
    LeaseVoter(World world, Runnable acknowledgedOther) {
        this.world = world;
        this.acknowledgedOther = acknowledgedOther;
        this.subscriptions = new Subscriptions(world);
    }

    /** Begins with an empty memory. */
    void start() {
        began = now();
        ClusterState state = world.log().state();
        newest = state.index();
        voting = isVoting();
        noteHolds(state);
        subscriptions.add(world.log().listen(new Listener()));
        subscriptions.receive(LeaseMessage.RENEW, (from, message) -> {
            if (message instanceof Renew renew) {
                renew(from, renew);
            }
        });
        subscriptions.receive(LeaseMessage.ASK, (from, message) -> {
            if (message instanceof Ask ask) {
                send(from, LeaseMessage.ANSWER, answer(ask.member(), ask.round()));
            }
        });
        catchUp();
    }

    /** It acknowledges and answers nothing any more. */
    void stop() {
        ready = false;
        subscriptions.close();
    }

    /** {@return whether it acknowledges renewals} */
    boolean ready() {
        return ready && voting;
    }

    /** {@return whether this node is among the voters} */
    boolean voting() {
        return voting;
    }

    /** {@return for how long it acknowledged nothing to the member, as far as it remembers} */
    long quiet(Member member) {
        Long last = acknowledged.get(member);
        return now() - (last == null ? began : Math.max(began, last));
    }

    /** {@return how long, at most, the member's lease still runs because of its holds, by the clock of this node} */
    long holdLeft(Member member) {
        return longestHold(member, 0);
    }

    /** Acknowledges nothing to {@code node} from now on; empty: to everybody again. */
    void withhold(String node) {
        withheld = node;
    }

    /** {@return how long something of the member may still run, as far as this voter's own word goes} */
    long left(Member member, NodeRecord record) {
        long kill = millis(record.terms().killMillis());
        long lease = LeaseArithmetic.waitLeft(millis(record.terms().leaseMillis()) + kill, quiet(member));
        return Math.max(lease, longestHold(member, kill));
    }

    private long longestHold(Member member, long kill) {
        NodeRecord record = world.log().state().nodes().get(member.node());
        long longest = 0;
        if (record != null
                && record.incarnation() == member.incarnation()
                && !record.holds().isEmpty()) {
            for (HoldRecord hold : record.holds().values()) {
                long age = now() - appliedAt(member, hold);
                longest = Math.max(longest, LeaseArithmetic.waitLeft(millis(hold.spanMillis()) + kill, age));
            }
        }
        return longest;
    }

    private long appliedAt(Member member, HoldRecord hold) {
        return holdsApplied.getOrDefault(new HoldKey(member, hold.session(), hold.seq()), now());
    }

    /** Checks, notes, and only then acknowledges: a lease that this voter does not know of would not be waited for. */
    private void renew(String from, Renew renew) {
        Member member = renew.member();
        if (!ready()
                || !from.equals(member.node())
                || from.equals(withheld)
                || !member.renewable(world.log().state())) {
            return;
        }
        acknowledged.put(member, now());
        send(from, LeaseMessage.ACK, new Ack(member, renew.session(), renew.seq(), votes()));
        if (!from.equals(world.self())) {
            acknowledgedOther.run();
        }
    }

    private Answer answer(Member member, long round) {
        ClusterState state = world.log().state();
        boolean refused = member.refused(state);
        long quiet = quiet(member);
        Optional<NodeRecord> record = member.in(state);
        if (!refused
                || record.isEmpty()) { // of an incarnation before the last, this voter no longer knows what to wait for
            return new Answer(member, round, votes(), false, quiet, 0, false);
        }
        NodeRecord.Terms terms = record.get().terms();
        long kill = millis(terms.killMillis());
        long lease = LeaseArithmetic.waitLeft(millis(terms.leaseMillis()) + kill, quiet);
        long hold = longestHold(member, kill);
        return new Answer(member, round, votes(), true, quiet, Math.max(lease, hold), hold > lease);
    }

    private long votes() {
        return Electorate.of(world.log()).index();
    }

    private boolean isVoting() {
        return Electorate.of(world.log()).voting().contains(world.self());
    }

    /** A voter's memory begins when it joins the voters. */
    private void electorateChanged() {
        boolean now = isVoting();
        if (now && !voting) {
            began = now();
        }
        voting = now;
    }

    /** Acknowledges nothing until everything is applied that the leader had committed after now. */
    private void catchUp() {
        ready = false;
        long mine = ++barrier;
        world.log().barrier(BARRIER_LIMIT).whenComplete((state, failure) -> {
            if (subscriptions.closed() || mine != barrier) {
                return;
            }
            if (failure == null) {
                ready = true;
                log.debug("{} renews leases from index {} on", world.self(), state.index());
            } else {
                world.loop().schedule(BARRIER_PAUSE, () -> {
                    if (!subscriptions.closed() && mine == barrier) {
                        catchUp();
                    }
                });
            }
        });
    }

    private void noteHolds(ClusterState state) {
        long now = now();
        state.nodes()
                .values()
                .forEach(record -> record.holds()
                        .values()
                        .forEach(hold ->
                                holdsApplied.put(new HoldKey(Member.of(record), hold.session(), hold.seq()), now)));
    }

    /** Forgets what cannot be asked for any more. */
    private void forget(ClusterState state) {
        acknowledged.keySet().removeIf(member -> !member.renewable(state) && !member.expelled(state));
        holdsApplied
                .keySet()
                .removeIf(key -> key.member()
                        .in(state)
                        .filter(record -> record.holds().containsKey(HoldRecord.key(key.session(), key.seq())))
                        .isEmpty());
    }

    private void send(String node, String topic, LeaseMessage message) {
        world.transport().send(node, topic, message.encoded(), Delivery.URGENT);
    }

    private long now() {
        return world.loop().nanos();
    }

    private static long millis(long millis) {
        return Math.multiplyExact(millis, 1_000_000L);
    }

    private final class Listener implements LogListener {
        @Override
        public void applied(long index, Entry entry, Result result, ClusterState state) {
            if (index <= newest) {
                catchUp(); // the log is applied again from an earlier point: what was refused then is not known now
            }
            newest = Math.max(newest, index);
            if (!(result instanceof Result.Done)) {
                return;
            }
            electorateChanged();
            if (entry.command() instanceof Command.Hold hold) {
                holdsApplied.put(
                        new HoldKey(new Member(hold.node(), hold.incarnation()), hold.session(), hold.seq()), now());
            } else if (entry.command() instanceof Command.Join join) {
                state.node(join.node()).ifPresent(record -> acknowledged.put(Member.of(record), now()));
            } else if (entry.command() instanceof Command.Resume resume) {
                acknowledged.put(new Member(resume.node(), resume.incarnation()), now());
            } else if (entry.command() instanceof Command.Expel expel) {
                expelled(new Member(expel.node(), expel.incarnation()));
            } else if (entry.command() instanceof Command.Fenced
                    || entry.command() instanceof Command.Leave
                    || entry.command() instanceof Command.Unhold) {
                forget(state);
            }
        }

        /** From here on it refuses; it tells the leader before it is asked. */
        private void expelled(Member member) {
            ReplicatedLog.Leadership leadership = world.log().leadership();
            if (!leadership.leader().isEmpty()) {
                send(leadership.leader(), LeaseMessage.ANSWER, answer(member, 0));
            }
        }

        @Override
        public void replaced(ClusterState state) {
            if (state.index() < newest) {
                catchUp();
            }
            newest = Math.max(newest, state.index());
            electorateChanged();
            noteHolds(state);
            forget(state);
        }

        @Override
        public void voters(ReplicatedLog.Voters voters) {
            electorateChanged();
        }

        @Override
        public void health(ReplicatedLog.Health health) {
            if (!health.well()) {
                ready = false;
                barrier++;
            } else if (!ready) {
                catchUp();
            }
        }
    }
}
