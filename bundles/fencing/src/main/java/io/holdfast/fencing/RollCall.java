package io.holdfast.fencing;

import io.holdfast.api.transport.Delivery;
import io.holdfast.fencing.LeaseMessage.Call;
import io.holdfast.fencing.LeaseMessage.Here;
import io.holdfast.membership.World;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.random.RandomGenerator;

/**
 * Finds out whether a member still runs, after a device said that it does not. The call has a number that nobody knew before, so an
 * answer was certainly given after the call; a renewal that arrives then may have been under way. It goes to the member itself and by
 * way of every voter, for the leader may be the one that does not reach it.
 *
 * <p>An answer proves that the member runs; silence proves nothing.
 */
final class RollCall {
    /** Calls within the time that is waited: some may be lost. */
    private static final int CALLS = 4;

    private final World world;
    private final RandomGenerator random;
    private final Subscriptions subscriptions;
    private final Map<Long, CompletableFuture<Boolean>> open = new HashMap<>();

    RollCall(World world, RandomGenerator random) {
        this.world = world;
        this.random = random;
        this.subscriptions = new Subscriptions(world);
    }

    void start() {
        subscriptions.receive(LeaseMessage.CALL, (from, message) -> {
            if (message instanceof Call call) {
                called(from, call);
            }
        });
        subscriptions.receive(LeaseMessage.HERE, (from, message) -> {
            if (message instanceof Here here) {
                answered(here);
            }
        });
    }

    void stop() {
        subscriptions.close();
        open.clear();
    }

    /** {@return whether the member answers within a fifth of the lease} */
    CompletionStage<Boolean> answers(Member member) {
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        call(member, CALLS, done);
        return done;
    }

    private void call(Member member, int left, CompletableFuture<Boolean> done) {
        if (done.isDone() || subscriptions.closed()) {
            return;
        }
        if (left == 0) {
            open.values().removeIf(one -> one == done);
            done.complete(false);
            return;
        }
        long nonce = random.nextLong();
        open.put(nonce, done);
        byte[] call = new Call(member, nonce, world.self()).encoded();
        Set<String> asked = new TreeSet<>(Electorate.of(world.log()).everybody());
        asked.add(member.node());
        asked.remove(world.self());
        asked.forEach(name -> world.transport().send(name, LeaseMessage.CALL, call, Delivery.URGENT));
        world.loop().schedule(Duration.ofNanos(world.leaseNanos() / 5 / CALLS), () -> call(member, left - 1, done));
    }

    private void called(String from, Call call) {
        Member member = call.member();
        if (member.node().equals(world.self())) {
            // Guard and incarnation outlive the daemon, not the machine's power: who has them was not cut off.
            if (world.guard().incarnation() == member.incarnation()) {
                send(from, LeaseMessage.HERE, new Here(member, call.nonce(), call.origin()));
            }
        } else if (from.equals(call.origin())) {
            send(member.node(), LeaseMessage.CALL, call);
        }
    }

    private void answered(Here here) {
        if (!here.origin().equals(world.self())) {
            send(here.origin(), LeaseMessage.HERE, here);
            return;
        }
        CompletableFuture<Boolean> asked = open.get(here.nonce());
        if (asked != null) {
            open.values().removeIf(one -> one == asked);
            asked.complete(true);
        }
    }

    private void send(String node, String topic, LeaseMessage message) {
        world.transport().send(node, topic, message.encoded(), Delivery.URGENT);
    }
}
