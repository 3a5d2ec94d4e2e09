package io.holdfast.fencing;

import io.holdfast.api.runtime.Scheduled;
import io.holdfast.api.transport.Delivery;
import io.holdfast.fencing.LeaseMessage.Ack;
import io.holdfast.fencing.LeaseMessage.Renew;
import io.holdfast.membership.World;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Keeps this node's lease: asks every voter to renew it, and tells the guard how long it lasts.
 *
 * <p>The lease counts from when a renewal was <em>sent</em>, so a slow acknowledgement can only shorten it.
 */
public final class LeaseKeeper {
    private static final int RENEWALS_PER_LEASE = 5;
    /** While no majority acknowledges, asking more often costs little, and the lease outlives longer faults and losses. */
    private static final int URGENT_RENEWALS_PER_LEASE = 20;
    /** How many voter configurations acknowledgements are counted under; one change of voters is open at a time. */
    private static final int ELECTORATES = 4;

    private final World world;
    private final RandomGenerator random;
    private final Subscriptions subscriptions;
    private final Runnable changed;
    private final TreeMap<Long, Long> sentAt = new TreeMap<>();
    private final Map<Long, List<String>> electorates = new LinkedHashMap<>();
    private final Map<Long, Map<String, Long>> acknowledged = new HashMap<>();
    private long incarnation;
    private long session;
    private long seq;
    private long lastSent;
    private long renewedUntil = Long.MIN_VALUE;
    private long deadline = Long.MIN_VALUE;
    private @Nullable Scheduled next;

    /** @param changed is called when the deadline moved */
    LeaseKeeper(World world, RandomGenerator random, Runnable changed) {
        this.world = world;
        this.random = random;
        this.changed = changed;
        this.subscriptions = new Subscriptions(world);
    }

    void start() {
        subscriptions.receive(LeaseMessage.ACK, (from, message) -> {
            if (message instanceof Ack ack) {
                acknowledged(from, ack);
            }
        });
    }

    void stop() {
        subscriptions.close();
        left();
    }

    /** Renews for {@code joined} from now on, with no acknowledgement yet; the guard's deadline stays as it is. */
    void joined(long joined) {
        left();
        incarnation = joined;
        session = random.nextLong();
        deadline = world.guard().incarnation() == joined ? world.guard().deadline() : Long.MIN_VALUE;
        tick();
    }

    /** Renews no more. What the guard was told stays. */
    void left() {
        incarnation = 0;
        sentAt.clear();
        acknowledged.clear();
        electorates.clear();
        renewedUntil = Long.MIN_VALUE;
        deadline = Long.MIN_VALUE;
        if (next != null) {
            next.cancel();
            next = null;
        }
    }

    /** {@return the incarnation that it renews for, 0 if none} */
    long incarnation() {
        return incarnation;
    }

    /** {@return the session of this object under the present incarnation} */
    long session() {
        return session;
    }

    /** {@return when the lease ends; {@link Long#MIN_VALUE} if there was none} */
    long deadline() {
        return deadline;
    }

    /** {@return when the lease would end without any hold} */
    long renewedUntil() {
        return renewedUntil;
    }

    /** {@return whether a majority of the voters renewed the lease, and it still runs} */
    boolean renewed() {
        return renewedUntil > now();
    }

    /** The lease lasts until {@code until} at least: a hold was committed. */
    void extend(long until) {
        if (until > deadline) {
            deadline = until;
            world.guard().extend(incarnation, until);
            changed.run();
        }
    }

    /** Gives up what the lease is longer by than renewals made it; the guard knows when this returns. */
    void shorten() {
        if (renewedUntil < deadline) {
            deadline = renewedUntil;
            world.guard().shorten(incarnation, deadline);
            changed.run();
        }
    }

    private void tick() {
        boolean acknowledged = lastSent == renewedUntil - world.leaseNanos();
        long left = lastSent + usual() - now();
        if (acknowledged && left > 0) {
            next = world.loop().schedule(Duration.ofNanos(left), this::tick);
        } else {
            renewAndLookAgain();
        }
    }

    /**
     * Somebody else's renewal is under way: if this node's own is due before long, it goes now. So the renewals of all voters and their
     * acknowledgements travel together, and an idle cluster wakes up less often.
     */
    void alongside() {
        if (next != null && now() - lastSent >= usual() / 2) {
            next.cancel();
            renewAndLookAgain();
        }
    }

    private void renewAndLookAgain() {
        next = world.loop()
                .scheduleLoosely(Duration.ofNanos(world.leaseNanos() / URGENT_RENEWALS_PER_LEASE), this::tick);
        renew();
    }

    private long usual() {
        return world.leaseNanos() / RENEWALS_PER_LEASE;
    }

    private void renew() {
        Member self = new Member(world.self(), incarnation);
        if (self.refused(world.log().state())) {
            return;
        }
        Electorate electorate = Electorate.of(world.log());
        electorates.put(electorate.index(), electorate.voting());
        while (electorates.size() > ELECTORATES) {
            long oldest = electorates.keySet().iterator().next();
            electorates.remove(oldest);
            acknowledged.remove(oldest);
        }
        long now = now();
        sentAt.headMap(sentAt.isEmpty() ? 0 : oldestUseful(now)).clear();
        long mine = ++seq;
        sentAt.put(mine, now);
        lastSent = now;
        byte[] message = new Renew(self, session, mine).encoded();
        electorate
                .everybody()
                .forEach(voter -> world.transport().send(voter, LeaseMessage.RENEW, message, Delivery.URGENT));
    }

    /** A lease from a renewal that was sent longer ago than it lasts would be over. */
    private long oldestUseful(long now) {
        for (Map.Entry<Long, Long> sent : sentAt.entrySet()) {
            if (now - sent.getValue() <= world.leaseNanos()) {
                return sent.getKey();
            }
        }
        return seq + 1;
    }

    private void acknowledged(String from, Ack ack) {
        Long sent = sentAt.get(ack.seq());
        if (incarnation == 0
                || !ack.member().equals(new Member(world.self(), incarnation))
                || ack.session() != session
                || sent == null) {
            return;
        }
        acknowledged.computeIfAbsent(ack.votes(), votes -> new HashMap<>()).merge(from, sent, Math::max);
        List<String> voters = electorates.get(ack.votes());
        if (voters == null) {
            return;
        }
        OptionalLong majority = LeaseArithmetic.majoritySent(voters, acknowledged.getOrDefault(ack.votes(), Map.of()));
        if (majority.isPresent()) {
            renewedTo(majority.getAsLong() + world.leaseNanos());
        }
    }

    private void renewedTo(long until) {
        if (until > renewedUntil
                && !new Member(world.self(), incarnation).refused(world.log().state())) {
            renewedUntil = until;
            extend(until);
        }
    }

    private long now() {
        return world.loop().nanos();
    }
}
