package io.holdfast.testkit;

import io.holdfast.model.Command;
import io.holdfast.model.config.Configuration;
import io.holdfast.testkit.SimulatedNetwork.Weather;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/** Brings faults over a cluster, each for its span, and mends them all at the end. */
final class Injector {
    private final SimulatedCluster cluster;
    private final List<Configuration> documents;
    private final Coincidences coincidences;
    private boolean mended;

    Injector(SimulatedCluster cluster, List<Configuration> documents) {
        this.cluster = cluster;
        this.documents = documents;
        this.coincidences = new Coincidences(cluster, this);
    }

    /** Something for the span of the fault, unless everything is mended before. */
    void during(Duration span, Consumer<Boolean> effect) {
        effect.accept(true);
        cluster.after(span, () -> {
            if (!mended) {
                effect.accept(false);
            }
        });
    }

    /** {@return whether all faults are over} */
    boolean mended() {
        return mended;
    }

    void later(Duration pause, Runnable action) {
        cluster.after(pause, () -> {
            if (!mended) {
                action.run();
            }
        });
    }

    void inject(Fault fault) {
        String node = fault.node();
        Duration span = fault.span();
        SplittableRandom random = new SplittableRandom(fault.salt());
        switch (fault.kind()) {
            case POWER_CUT -> off(node, span.plusMillis(300));
            case POWER_CUTS -> {
                off(node, span.plusMillis(300));
                off(fault.other(), Duration.ofMillis(300 + random.nextInt(3000)));
            }
            case ALL_OFF ->
                shuffled(cluster.names(), random)
                        .forEach(each -> off(each, Duration.ofMillis(200 + random.nextInt(3000))));
            case CUT_WHILE_JOINING -> {
                off(node, span.plusMillis(100));
                Duration again = span.plusMillis(150 + random.nextInt(600));
                later(again, () -> off(node, Duration.ofMillis(200 + random.nextInt(1500))));
            }
            case ROLLING_RESTART -> {
                long pause = 300 + random.nextLong(1500);
                List<String> order = shuffled(cluster.names(), random);
                for (int i = 0; i < order.size(); i++) {
                    String next = order.get(i);
                    later(Duration.ofMillis(i * pause), () -> off(next, Duration.ofMillis(pause / 2)));
                }
            }
            case DAEMON_KILLED -> cluster.killDaemon(node, Duration.ofMillis(50 + random.nextInt(1500)));
            case CRASH_LOOP -> {
                for (int i = 0; i < 4 + random.nextInt(4); i++) {
                    later(
                            Duration.ofMillis(i * (60L + random.nextInt(400))),
                            () -> cluster.killDaemon(node, Duration.ofMillis(50)));
                }
            }
            case DAEMON_STOPPED -> cluster.pause(node, span);
            case GUARD_KILLED -> cluster.killGuard(node);
            case BOTH_STOPPED -> cluster.pauseBoth(node, span);
            case FROZEN -> cluster.freeze(node, span);
            case ISOLATED -> during(span, cut -> cluster.isolate(node, cut));
            case LEADER_ISOLATED -> {
                String leader = cluster.leader(node);
                if (!leader.isEmpty()) {
                    during(span.multipliedBy(2), cut -> cluster.isolate(leader, cut));
                }
            }
            case SPLIT -> {
                List<String> order = shuffled(cluster.names(), random);
                int size = 1 + random.nextInt(order.size() - 1);
                split(order.subList(0, size), order.subList(size, order.size()), span);
            }
            case ONE_WAY -> {
                if (!node.equals(fault.other())) {
                    during(span.multipliedBy(2), cut -> cluster.network().cut(node, fault.other(), cut));
                }
            }
            case MUTE -> during(span.multipliedBy(2), cut -> mute(node, cut));
            case DEAF ->
                during(
                        span.multipliedBy(2),
                        cut -> cluster.names().stream()
                                .filter(other -> !other.equals(node))
                                .forEach(other -> cluster.network().cut(other, node, cut)));
            case BRIDGE -> {
                List<String> order = shuffled(cluster.names(), random);
                int half = order.size() / 2;
                split(order.subList(0, half), order.subList(half + 1, order.size()), span);
            }
            case RING -> ring(shuffled(cluster.names(), random), span);
            case FLAPPING -> {
                long pause = 20 + random.nextLong(300);
                for (int i = 0; i < 6; i++) {
                    later(
                            Duration.ofMillis(2L * i * pause),
                            () -> during(Duration.ofMillis(pause), cut -> cluster.isolate(node, cut)));
                }
            }
            case CLOGGED -> during(span, clogged -> clog(node, clogged));
            case NARROW ->
                during(
                        span.multipliedBy(2),
                        narrow -> others(node, (from, to) -> cluster.network().narrow(from, to, narrow)));
            case LOSS ->
                during(
                        span,
                        on -> weather(now ->
                                now.losing(on ? 0.01 + fault.share() * 0.5 : 0, on ? random.nextDouble() * 0.3 : 0)));
            case DELAY -> {
                long most = 1_000_000 + (long) (fault.share() * fault.share() * 1_000_000_000);
                during(
                        span,
                        on -> weather(now -> on
                                ? now.slow(1_000_000, most)
                                : now.slow(Weather.CALM.delayNanos(), Weather.CALM.jitterNanos())));
            }
            case REORDER ->
                during(
                        span.multipliedBy(2),
                        on -> weather(now -> now.reordering(
                                on ? 0.02 + fault.share() * 0.3 : 0, on ? random.nextLong(4_000_000_000L) : 0)));
            case WALL_STEP -> cluster.wallClock(node, Duration.ofSeconds(random.nextLong(-7200, 7200)));
            case WALL_STROBE -> {
                for (int i = 0; i < 10; i++) {
                    later(
                            Duration.ofMillis(100L * i),
                            () -> cluster.wallClock(node, Duration.ofMillis(random.nextLong(-100_000, 100_000))));
                }
            }
            case DRIFT ->
                cluster.clockRate(
                        node,
                        random.nextInt(2 * SimulatedCluster.MOST_DRIFT_PPM + 1) - SimulatedCluster.MOST_DRIFT_PPM);
            case DISK_FAILS -> during(span, fails -> cluster.failDisk(node, fails));
            case DISK_SLOW -> {
                Duration slow = Duration.ofMillis(5 + (long) (fault.share() * fault.share() * 3000));
                during(span.multipliedBy(2), is -> cluster.slowDisk(node, is ? slow : Duration.ofMillis(1)));
            }
            case RESOURCE_DIES -> cluster.die(resource(random));
            case AGENTS_FAIL ->
                during(
                        span.multipliedBy(2),
                        on -> cluster.agentFaults(on ? fault.share() : 0, 0, on ? fault.share() : 0, 0));
            case AGENTS_HANG ->
                during(
                        span.multipliedBy(2),
                        on -> cluster.agentFaults(0, on ? fault.share() : 0, 0, on ? fault.share() : 0));
            case STUCK -> {
                String resource = resource(random);
                cluster.observer()
                        .activeOn(resource)
                        .forEach(where -> during(span, sticks -> cluster.stick(where, resource, sticks)));
            }
            case DEVICES_FAIL -> during(span.multipliedBy(2), on -> cluster.deviceFailures(on ? fault.share() : 0));
            case STANDBY -> {
                cluster.command(fault.other(), new Command.Standby(node, true, "simulation"));
                later(span, () -> cluster.command(any(random), new Command.Standby(node, false, "simulation")));
            }
            case MOVE -> {
                String resource = resource(random);
                cluster.command(fault.other(), new Command.Move(resource, node, "simulation"));
                later(span, () -> cluster.command(any(random), new Command.Unmove(resource, "simulation")));
            }
            case STOP -> {
                String resource = resource(random);
                cluster.command(fault.other(), new Command.Stop(resource, "simulation"));
                later(span, () -> cluster.command(any(random), new Command.Start(resource, "simulation")));
            }
            case APPLY -> cluster.apply(node, documents.get(random.nextInt(documents.size())));
            case MAINTENANCE -> {
                String target = List.of("", node, "agent", resource(random)).get(random.nextInt(4));
                cluster.command(fault.other(), new Command.Maintenance(target, true, "simulation"));
                if (random.nextBoolean()) {
                    later(
                            span.dividedBy(2),
                            () -> cluster.apply(node, documents.get(random.nextInt(documents.size()))));
                }
                later(span, () -> cluster.command(any(random), new Command.Maintenance(target, false, "simulation")));
            }
            case FENCE -> cluster.fence(fault.other(), node);
            case LEAVE -> {
                cluster.command(node, new Command.Standby(node, true, "simulation"));
                later(span, () -> {
                    cluster.leave(node, Duration.ofMillis(100 + random.nextInt(500)), () -> !mended);
                    later(
                            Duration.ofMillis(200),
                            () -> cluster.command(any(random), new Command.Standby(node, false, "simulation")));
                });
            }
            case RESTART_IN_HOLD ->
                cluster.restartWithinHold(node, hold(fault), Duration.ofMillis(random.nextInt(3000)), () -> !mended);
            case SWAP_IN_HOLD ->
                cluster.swapWithinHold(
                        node, hold(fault), layer(random), Duration.ofMillis(random.nextInt(1500)), () -> !mended);
            case SWAP -> cluster.swap(node, layer(random), Duration.ofMillis(random.nextInt(300)));
            case VOTERS -> voters(random);
            case ECHO -> coincidences.echo(fault, random);
            case FAR -> {
                Duration more = Duration.ofMillis(10 + (long) (fault.share() * fault.share() * 1000));
                during(span.multipliedBy(2), on -> coincidences.far(node, on ? more : Duration.ZERO));
            }
            case SWIZZLED -> coincidences.swizzled(fault, random);
            case KILLED_AT_ENTRY ->
                coincidences.killedAtEntry(node, random.nextInt(4), Duration.ofMillis(50 + random.nextInt(1000)));
            case RESUMED_MUTE -> coincidences.resumedMute(fault, random);
            case FENCED_AGAIN -> coincidences.fencedAgain(fault, random);
            case EXPEL_CUT_SHORT -> coincidences.expelCutShort(fault, random);
            case EXPEL_FORGOTTEN -> coincidences.expelForgotten(fault, random);
            case HELD_FAR -> coincidences.heldFar(fault, random);
            case VOTERS_SPLIT -> coincidences.votersSplit(fault, random);
        }
    }

    private static Duration hold(Fault fault) {
        return Duration.ofMillis(500 + (long) (fault.share() * fault.share() * 7500));
    }

    void off(String node, Duration span) {
        if (!mended) {
            cluster.powerCycle(node, span);
        }
    }

    void split(List<String> one, List<String> other, Duration span) {
        during(span, cut -> apart(one, other, cut));
    }

    /** Cuts all links between two sides, or mends them. */
    void apart(List<String> one, List<String> other, boolean isCut) {
        one.forEach(from -> other.forEach(to -> {
            cluster.network().cut(from, to, isCut);
            cluster.network().cut(to, from, isCut);
        }));
    }

    private void ring(List<String> order, Duration span) {
        int size = order.size();
        during(span, cut -> {
            for (int i = 0; i < size; i++) {
                for (int j = 0; j < size; j++) {
                    int apart = Math.floorMod(i - j, size);
                    if (apart > 1 && apart < size - 1) {
                        cluster.network().cut(order.get(i), order.get(j), cut);
                    }
                }
            }
        });
    }

    /** Nobody hears the node, or all do again. */
    void mute(String node, boolean isMute) {
        cluster.names().stream()
                .filter(other -> !other.equals(node))
                .forEach(other -> cluster.network().cut(node, other, isMute));
    }

    /** Holds back what is sent to and from the node, or lets it go. */
    void clog(String node, boolean isClogged) {
        others(node, (from, to) -> cluster.network().clog(from, to, isClogged));
    }

    private interface Direction {
        void of(String from, String to);
    }

    private void others(String node, Direction effect) {
        cluster.names().stream().filter(other -> !other.equals(node)).forEach(other -> {
            effect.of(node, other);
            effect.of(other, node);
        });
    }

    private void weather(java.util.function.UnaryOperator<Weather> change) {
        cluster.network().weather(change.apply(cluster.network().weather()));
    }

    /** One voter more, one less, or one for another. */
    void voters(SplittableRandom random) {
        List<String> voters =
                new ArrayList<>(cluster.observer().newest().votes().voting());
        List<String> rest =
                cluster.names().stream().filter(name -> !voters.contains(name)).toList();
        if ((voters.size() > 3 && random.nextBoolean()) || (rest.isEmpty() && voters.size() > 2)) {
            voters.remove(random.nextInt(voters.size()));
        }
        if (!rest.isEmpty() && (voters.size() < 3 || random.nextBoolean())) {
            voters.add(rest.get(random.nextInt(rest.size())));
        }
        if (!voters.isEmpty()) {
            cluster.voters(voters.stream().sorted().toList());
        }
    }

    private String any(SplittableRandom random) {
        return cluster.names().get(random.nextInt(cluster.names().size()));
    }

    private String resource(SplittableRandom random) {
        List<String> names = List.copyOf(documents.get(0).resources().keySet());
        return names.get(random.nextInt(names.size()));
    }

    private static SimulatedProcess.Layer layer(SplittableRandom random) {
        SimulatedProcess.Layer[] layers = SimulatedProcess.Layer.values();
        return layers[random.nextInt(layers.length)];
    }

    private static List<String> shuffled(List<String> names, SplittableRandom random) {
        List<String> rest = new ArrayList<>(names);
        List<String> order = new ArrayList<>();
        while (!rest.isEmpty()) {
            order.add(rest.remove(random.nextInt(rest.size())));
        }
        return order;
    }

    /** Everything is well again from now on. */
    void mend() {
        mended = true;
        cluster.network().heal();
        cluster.agentFaults(0, 0, 0, 0);
        cluster.deviceFailures(0);
        for (String node : cluster.names()) {
            cluster.powerOn(node);
            cluster.resume(node);
            cluster.slowDisk(node, Duration.ofMillis(1));
            cluster.failDisk(node, false);
            cluster.wallClock(node, Duration.ZERO);
            documents.get(0).resources().keySet().forEach(resource -> {
                cluster.stick(node, resource, false);
            });
        }
        // A daemon that stood still hears only now that its disk failed.
        cluster.after(Duration.ofMillis(300), () -> cluster.names().forEach(node -> cluster.failDisk(node, false)));
    }
}
