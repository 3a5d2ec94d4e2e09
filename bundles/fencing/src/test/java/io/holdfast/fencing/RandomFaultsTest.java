package io.holdfast.fencing;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.Command;
import io.holdfast.model.NodeRecord.Phase;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random faults on three and five nodes. The lab checks each FENCED; a failure names its seed: run it again with that one. */
class RandomFaultsTest {
    private static final int RUNS = Integer.getInteger("runs", 15);

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4})
    void nobodyIsFencedWhileItMayRunAndNobodyIsExpelledWithinItsLease(int block) {
        for (int run = 0; run < RUNS; run++) {
            long seed = block * 1000L + run;
            try {
                one(seed);
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
    }

    private static void one(long seed) {
        Random random = new Random(seed);
        String[] names =
                random.nextBoolean() ? new String[] {"n1", "n2", "n3"} : new String[] {"n1", "n2", "n3", "n4", "n5"};
        Duration lease = Duration.ofMillis(random.nextBoolean() ? 500 : 2000);
        Lab lab = new Lab(lease, seed, names);
        for (String name : names) {
            lab.rate(name, 1 + (random.nextInt(99) - 49) / 10_000.0);
        }
        Lab.started(lab);
        lab.onAppend = entry -> {
            if (entry.command() instanceof Command.Expel expel && expel.reason().startsWith("silent")) {
                FakeGuard guard = lab.node(expel.node()).guard;
                boolean lapsed =
                        !guard.open() || lab.time.now() - guard.openedAt() < lease.toNanos() / 2 + 300_000_000L;
                assertThat(lapsed || guard.incarnation() != expel.incarnation())
                        .as(
                                "%s at %s ms while its lease runs for %s ms, opened at %s ms, holds %s",
                                expel,
                                lab.time.now() / 1_000_000,
                                (guard.deadline() - lab.node(expel.node()).clock.nanos()) / 1_000_000,
                                guard.openedAt() / 1_000_000,
                                lab.state().node(expel.node()).orElseThrow().holds())
                        .isTrue();
            }
        };
        for (int step = 0; step < 60; step++) {
            fault(lab, random, names);
            lab.delayMicros = random.nextInt(10) == 0 ? random.nextInt(100_000) : 500;
            lab.pass(random.nextInt((int) lease.toMillis() * 2));
            elect(lab, random, names);
        }
        calm(lab, names);
    }

    private static void fault(Lab lab, Random random, String[] names) {
        Lab.Node node = lab.node(names[random.nextInt(names.length)]);
        String other = names[random.nextInt(names.length)];
        switch (random.nextInt(12)) {
            case 0 -> lab.isolate(node.name);
            case 1 -> lab.cut(node.name, other);
            case 2, 3, 4 -> lab.heal();
            case 5 -> {
                if (node.up) {
                    node.kill();
                }
            }
            case 6, 7 -> {
                if (!node.up) {
                    node.start();
                }
            }
            case 8 -> {
                node.ledger.lagging = !node.ledger.lagging;
                node.ledger.tell();
            }
            case 9 -> node.loop.pause(lab.time.now() + random.nextInt(3000) * 1_000_000L);
            case 10 -> {
                if (node.up && node.membership != null) {
                    node.fencing.hold(Duration.ofMillis(100 + random.nextInt(8000)), Duration.ofSeconds(1));
                }
            }
            default -> {
                if (node.up) {
                    node.fencing.release(Duration.ofSeconds(1));
                    node.fencing.fence(other, "ann", Duration.ofSeconds(1));
                }
            }
        }
        int loss = random.nextInt(4) == 0 ? random.nextInt(50) : 0;
        lab.drop = (link, message) -> loss > 0 && lab.random.nextInt(100) < loss;
    }

    /** Whoever sees a majority may lead; mostly the present leader goes on. */
    private static void elect(Lab lab, Random random, String[] names) {
        boolean gone = !lab.node(lab.leader).up || !lab.node(lab.leader).ledger.seesMajority();
        if (gone || random.nextInt(10) == 0) {
            List<String> able = java.util.Arrays.stream(names)
                    .filter(name -> lab.node(name).up
                            && lab.node(name).ledger.seesMajority()
                            && lab.node(name).ledger.newest())
                    .toList();
            if (!able.isEmpty()) {
                lab.lead(able.get(random.nextInt(able.size())));
            }
        }
        lab.nodes.values().forEach(node -> node.ledger.tell());
    }

    private static void calm(Lab lab, String[] names) {
        lab.drop = (link, message) -> false;
        lab.delayMicros = 500;
        lab.heal();
        for (String name : names) {
            Lab.Node node = lab.node(name);
            node.ledger.lagging = false;
            if (!node.up) {
                node.start();
            }
            node.ledger.pump();
        }
        lab.lead("n1");
        lab.pass(40_000);
        for (String name : names) {
            assertThat(lab.phase(name)).as(name).isEqualTo(Phase.JOINED);
            assertThat(lab.node(name).fencing.active()).as(name).isTrue();
            assertThat(lab.state().node(name).orElseThrow().holds()).as(name).isEmpty();
        }
    }
}
