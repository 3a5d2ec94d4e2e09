package io.holdfast.fencing;

import io.holdfast.api.fencing.PowerState;
import io.holdfast.api.runtime.Scheduled;
import io.holdfast.fencing.FenceDevices.Tested;
import io.holdfast.membership.World;
import io.holdfast.model.Command;
import io.holdfast.model.NodeRecord;
import io.holdfast.model.config.FenceSetting;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tests the fence devices from time to time, so that one that is broken, or wired to another machine, is known before it is needed.
 * Each voter does, for each may be the leader that needs them; only the leader tells it as an event.
 */
final class DeviceWatch {
    private static final Logger log = LoggerFactory.getLogger(DeviceWatch.class);
    private static final Duration APPEND_LIMIT = Duration.ofSeconds(5);
    /** A new document, or a new leader, shall not make all devices answer in one instant. */
    private static final long SPREAD_MILLIS = 2_000;

    private static final Duration AFTER_FAILURE = Duration.ofMinutes(1);

    /** Takes what was found. */
    interface Report {
        /** {@code said} is what is wrong and what to do, empty if nothing is; {@code limit} the longest request. */
        void tested(FenceSetting device, Duration limit, String said);

        /** The device is not tested here any more. */
        void gone(String device);
    }

    private final World world;
    private final FenceDevices devices;
    private final LeaseVoter voter;
    private final RandomGenerator random;
    private final Report report;
    private final Map<String, Watched> watched = new HashMap<>();

    private static final class Watched {
        final FenceSetting setting;
        Duration limit;
        String said = "";

        @Nullable
        Scheduled next;

        Watched(FenceSetting setting) {
            this.setting = setting;
            this.limit = setting.timeout();
        }

        void end() {
            if (next != null) {
                next.cancel();
            }
        }
    }

    DeviceWatch(World world, FenceDevices devices, LeaseVoter voter, RandomGenerator random, Report report) {
        this.world = world;
        this.devices = devices;
        this.voter = voter;
        this.random = random;
        this.report = report;
    }

    void stop() {
        watched.values().forEach(Watched::end);
        watched.clear();
    }

    /** Compares what is tested with what the document says. */
    void look() {
        Map<String, FenceSetting> wanted = new HashMap<>();
        if (voter.voting()) {
            world.log().state().configuration().fencing().stream()
                    .filter(setting -> !setting.monitorEvery().isZero())
                    .filter(setting -> !others(setting).isEmpty())
                    .forEach(setting -> wanted.put(setting.name(), setting));
        }
        watched.values().removeIf(one -> {
            boolean over = !one.setting.equals(wanted.get(one.setting.name()));
            if (over) {
                one.end();
                report.gone(one.setting.name());
            }
            return over;
        });
        wanted.values().forEach(setting -> {
            if (!watched.containsKey(setting.name())) {
                Watched one = new Watched(setting);
                watched.put(setting.name(), one);
                again(one, Duration.ofMillis((long) (random.nextDouble() * SPREAD_MILLIS)));
            }
        });
    }

    /** A node never cuts itself off, and often cannot even reach its own device. */
    private List<String> others(FenceSetting setting) {
        return setting.nodes().stream()
                .filter(node -> !node.equals(world.self()))
                .toList();
    }

    private void again(Watched one, Duration pause) {
        one.next = world.loop().schedule(pause, () -> test(one));
    }

    private boolean present(Watched one) {
        return watched.get(one.setting.name()) == one;
    }

    private void test(Watched one) {
        devices.test(one.setting, others(one.setting)).whenComplete((tested, failure) -> {
            if (!present(one)) {
                return;
            }
            if (failure != null) {
                found(one, FenceLevels.said(failure));
                return;
            }
            one.limit = tested.limit();
            List<Member> off = off(tested);
            if (off.isEmpty()) {
                found(one, unknown(tested));
            } else {
                long since = now();
                Duration lease = Duration.ofNanos(world.leaseNanos());
                one.next = world.loop().schedule(lease, () -> found(one, contradicted(off, since, unknown(tested))));
            }
        });
    }

    /** {@return those that the device calls off, though they joined} */
    private List<Member> off(Tested tested) {
        List<Member> off = new ArrayList<>();
        tested.states().forEach((node, state) -> {
            if (state == PowerState.OFF) {
                world.log()
                        .state()
                        .node(node)
                        .filter(NodeRecord::joined)
                        .ifPresent(record -> off.add(Member.of(record)));
            }
        });
        return off;
    }

    private static String unknown(Tested tested) {
        List<String> unknown = tested.states().entrySet().stream()
                .filter(entry -> entry.getValue() == PowerState.UNKNOWN)
                .map(Map.Entry::getKey)
                .toList();
        return unknown.isEmpty()
                ? ""
                : "it cannot tell whether " + ExpelledMember.listed(unknown)
                        + (unknown.size() == 1 ? " is" : " are")
                        + " on; look at its 'nodes' and 'parameters'";
    }

    /** A renewal that this voter acknowledged after the device had called its sender off proves it wrong. */
    private String contradicted(List<Member> off, long since, String otherwise) {
        List<String> living = off.stream()
                .filter(member -> member.renewable(world.log().state()))
                .filter(member -> voter.quiet(member) < now() - since)
                .map(Member::node)
                .toList();
        return living.isEmpty()
                ? otherwise
                : "it says that " + ExpelledMember.listed(living) + (living.size() == 1 ? " is" : " are")
                        + " off, but that is not true, for the lease is renewed: " + FenceLevels.LIES;
    }

    private void found(Watched one, String said) {
        if (!present(one)) {
            return;
        }
        if (!said.equals(one.said)) {
            tell(one.setting, said);
        }
        one.said = said;
        report.tested(one.setting, one.limit, said);
        Duration usual = one.setting.monitorEvery();
        again(one, said.isEmpty() || usual.compareTo(AFTER_FAILURE) < 0 ? usual : AFTER_FAILURE);
    }

    private void tell(FenceSetting setting, String said) {
        String text = said.isEmpty()
                ? "Fence device " + setting.name() + " works again"
                : "Fence device " + setting.name() + " failed its self-test: " + said;
        log.warn("{}", text);
        if (world.log().leadership().self()) {
            world.log().append(new Command.Announce("", "", said.isEmpty() ? "info" : "warn", text), APPEND_LIMIT);
        }
    }

    private long now() {
        return world.loop().nanos();
    }
}
