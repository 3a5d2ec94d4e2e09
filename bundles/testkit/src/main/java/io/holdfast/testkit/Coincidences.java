package io.holdfast.testkit;

import io.holdfast.model.Command;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Predicate;

/** Faults that strike at one moment of the protocol. Those that come at any time seldom do, and there the rules of SAFETY meet. */
final class Coincidences {
    /** Those that need some time to themselves for what they are made for. */
    static final Set<FaultKind> LONG =
            Set.of(FaultKind.RESUMED_MUTE, FaultKind.FENCED_AGAIN, FaultKind.EXPEL_FORGOTTEN, FaultKind.HELD_FAR);

    private final SimulatedCluster cluster;
    private final Injector injector;

    Coincidences(SimulatedCluster cluster, Injector injector) {
        this.cluster = cluster;
        this.injector = injector;
    }

    private void next(Predicate<Command> what, Runnable then) {
        cluster.observer().next(what, () -> {
            if (!injector.mended()) {
                then.run();
            }
        });
    }

    /** {@link FaultKind#RESUMED_MUTE}. */
    void resumedMute(Fault fault, SplittableRandom random) {
        String node = fault.node();
        keepTo(node, true);
        injector.later(Duration.ofMillis(200 + random.nextInt(1000)), () -> {
            keepTo(node, false);
            next(
                    command -> command instanceof Command.Resume resume
                            && resume.node().equals(node),
                    () -> {
                        injector.during(fault.span().multipliedBy(2), cut -> injector.mute(node, cut));
                        Duration span = fault.span().plusMillis(300);
                        others(node).forEach(other -> cluster.network().again(other, node, span));
                    });
            cluster.killDaemon(node, Duration.ofMillis(50));
        });
    }

    /** {@link FaultKind#FENCED_AGAIN}. */
    void fencedAgain(Fault fault, SplittableRandom random) {
        String node = fault.node();
        keepAll(true);
        next(
                command -> command instanceof Command.Fenced fenced
                        && fenced.node().equals(node),
                () -> keepAll(false));
        next(
                command -> command instanceof Command.Join join && join.node().equals(node),
                () -> injector.later(Duration.ofMillis(100 + random.nextInt(500)), () -> {
                    next(
                            command -> command instanceof Command.Expel expel
                                    && expel.node().equals(node),
                            () -> {
                                injector.during(fault.span().multipliedBy(2), cut -> cluster.isolate(node, cut));
                                againAll(Duration.ofMillis(20 + random.nextInt(300)));
                            });
                    cluster.fence(fault.other(), node);
                }));
        Duration cut = cluster.lease().plusMillis(600 + random.nextInt(1000));
        injector.during(cut, on -> cluster.isolate(node, on));
    }

    /** {@link FaultKind#EXPEL_CUT_SHORT}. */
    void expelCutShort(Fault fault, SplittableRandom random) {
        next(command -> command instanceof Command.Expel, () -> {
            String leader = cluster.leader(fault.other());
            String victim = leader.isEmpty() || random.nextInt(3) == 0 ? fault.other() : leader;
            switch (random.nextInt(3)) {
                case 0 -> injector.off(victim, fault.span().plusMillis(300));
                case 1 -> injector.during(fault.span().multipliedBy(2), cut -> cluster.isolate(victim, cut));
                default -> cluster.killDaemon(victim, Duration.ofMillis(50 + random.nextInt(500)));
            }
        });
        cluster.fence(fault.other(), fault.node());
    }

    /** {@link FaultKind#EXPEL_FORGOTTEN}. */
    void expelForgotten(Fault fault, SplittableRandom random) {
        String node = fault.node();
        String leader = cluster.leader(node);
        List<String> voters = cluster.observer().newest().votes().voting().stream()
                .filter(voter -> !voter.equals(leader) && !voter.equals(node))
                .toList();
        if (leader.isEmpty() || leader.equals(node) || voters.isEmpty()) {
            return;
        }
        String voter = voters.get(random.nextInt(voters.size()));
        List<String> rest = cluster.names().stream()
                .filter(other -> !other.equals(node) && !other.equals(voter))
                .toList();
        next(command -> command instanceof Command.Expel expel && expel.node().equals(node), () -> {
            injector.during(cluster.lease().multipliedBy(2), cut -> injector.apart(rest, List.of(node), cut));
            injector.later(Duration.ofMillis(5 + random.nextInt(30)), () -> {
                cluster.killDaemon(voter, Duration.ofMillis(50));
                injector.during(
                        Duration.ofMillis(200 + random.nextInt(400)), cut -> injector.apart(rest, List.of(voter), cut));
            });
        });
        cluster.fence(leader, node);
    }

    /** {@link FaultKind#VOTERS_SPLIT}. */
    void votersSplit(Fault fault, SplittableRandom random) {
        List<String> old = new ArrayList<>(cluster.observer().newest().votes().voting());
        List<String> spare =
                cluster.names().stream().filter(name -> !old.contains(name)).toList();
        String leader = cluster.leader(fault.node());
        if (spare.isEmpty() || old.size() < 3 || !old.contains(leader)) {
            injector.voters(random); // so that the next time somebody is there to come in
            return;
        }
        old.remove(leader);
        String out = old.remove(random.nextInt(old.size()));
        List<String> here = new ArrayList<>(List.of(leader, spare.get(random.nextInt(spare.size()))));
        List<String> next = new ArrayList<>(old);
        next.addAll(here);
        while (here.size() < next.size() / 2 + 1) {
            here.add(old.remove(random.nextInt(old.size())));
        }
        List<String> there = new ArrayList<>(old);
        there.add(out);
        List<String> sorted = next.stream().sorted().toList();
        next(
                command -> command instanceof Command.VotersChanged changed
                        && changed.voting().equals(sorted),
                () -> injector.split(here, there, fault.span().multipliedBy(2)));
        cluster.voters(sorted);
    }

    /** {@link FaultKind#HELD_FAR}. */
    void heldFar(Fault fault, SplittableRandom random) {
        String node = fault.node();
        Duration hold = Duration.ofMillis(500 + random.nextInt(2000));
        far(node, cluster.lease().multipliedBy(10 + random.nextInt(35)).dividedBy(100));
        cluster.cutWithinHold(
                node,
                hold,
                () -> !injector.mended(),
                () -> injector.during(hold.plusSeconds(2), cut -> cluster.isolate(node, cut)));
        injector.later(hold.plusSeconds(3), () -> far(node, Duration.ZERO));
    }

    /** {@link FaultKind#KILLED_AT_ENTRY}: at one of the next few entries. */
    void killedAtEntry(String node, int which, Duration down) {
        next(command -> of(command).equals(node), () -> {
            if (which > 0) {
                killedAtEntry(node, which - 1, down);
            } else {
                cluster.killDaemon(node, down);
            }
        });
    }

    /** {@link FaultKind#ECHO}. */
    void echo(Fault fault, SplittableRandom random) {
        Duration after = Duration.ofMillis(300 + random.nextInt(6000));
        injector.during(fault.span(), this::keepAll);
        injector.later(fault.span().plus(after), () -> againAll(Duration.ofMillis(1 + random.nextInt(1000))));
    }

    /** {@link FaultKind#SWIZZLED}. */
    void swizzled(Fault fault, SplittableRandom random) {
        long span = fault.span().toMillis();
        for (String node : cluster.names()) {
            if (random.nextBoolean()) {
                injector.later(
                        Duration.ofMillis(random.nextLong(span)),
                        () -> injector.during(
                                Duration.ofMillis(1 + random.nextLong(span)), on -> injector.clog(node, on)));
            }
        }
    }

    void far(String node, Duration more) {
        others(node).forEach(other -> {
            cluster.network().far(node, other, more);
            cluster.network().far(other, node, more);
        });
    }

    private void keepTo(String node, boolean keeps) {
        others(node).forEach(other -> cluster.network().keep(other, node, keeps));
    }

    private void keepAll(boolean keeps) {
        cluster.names().forEach(node -> keepTo(node, keeps));
    }

    private void againAll(Duration span) {
        cluster.names()
                .forEach(node -> others(node).forEach(other -> cluster.network().again(other, node, span)));
    }

    private List<String> others(String node) {
        return cluster.names().stream().filter(other -> !other.equals(node)).toList();
    }

    /** {@return the node whose daemon proposes such a command, or is to obey it; empty for all others} */
    private static String of(Command command) {
        if (command instanceof Command.Allow allow) {
            return allow.node();
        } else if (command instanceof Command.Reported reported) {
            return reported.node();
        } else if (command instanceof Command.Release release) {
            return release.node();
        } else if (command instanceof Command.Join join) {
            return join.node();
        } else if (command instanceof Command.Resume resume) {
            return resume.node();
        } else if (command instanceof Command.Hold hold) {
            return hold.node();
        } else if (command instanceof Command.Unhold unhold) {
            return unhold.node();
        } else if (command instanceof Command.Expel expel) {
            return expel.node();
        } else if (command instanceof Command.Fenced fenced) {
            return fenced.node();
        }
        return "";
    }
}
