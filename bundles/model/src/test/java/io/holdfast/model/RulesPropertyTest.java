package io.holdfast.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.Rules.Applied;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** What no sequence of commands may bring about. */
class RulesPropertyTest {
    private static final int LENGTH = 400;

    /** An incarnation of a node. */
    private record Member(String node, long incarnation) {}

    @Property(tries = 200)
    void neverTwoHoldersAndTokensOnlyGrow(@ForAll long seed) {
        neverTwoHolders(new RandomLedger(seed));
    }

    @Property(tries = 200)
    void neverTwoHoldersOfARightToBePromoted(@ForAll long seed) {
        neverTwoHolders(RandomLedger.promoting(seed));
    }

    private static void neverTwoHolders(RandomLedger ledger) {
        ClusterState state = ClusterState.empty();
        Map<String, Member> mayRun = new HashMap<>(); // as one who hears only of what succeeded must believe
        Map<String, Long> tokens = new HashMap<>();
        Set<Member> gone = new HashSet<>();
        for (int index = 1; index <= LENGTH; index++) {
            Entry entry = ledger.next(state);
            ClusterState before = state;
            Applied applied = Rules.apply(before, index, entry);
            state = applied.state();
            if (applied.result() instanceof Result.Done done) {
                observe(entry.command(), done.value(), mayRun, tokens, gone);
                if (entry.command() instanceof Command.Release release) {
                    assertThat(before.grants().get(release.instance()).revoked())
                            .isTrue();
                }
                if (entry.command() instanceof Command.Allow allow && Instances.isRight(allow.instance())) {
                    promoted(state, allow);
                }
            }
            onlyWithACopy(state);
            for (Grant grant : state.grants().values()) {
                assertThat(mayRun.get(grant.instance())).isEqualTo(new Member(grant.node(), grant.incarnation()));
                NodeRecord holder = state.nodes().get(grant.node());
                assertThat(holder.mayRun() && holder.incarnation() == grant.incarnation())
                        .as("%s", grant)
                        .isTrue();
            }
        }
    }

    /** No more are promoted than may be, and not two on one node; and who is was active. */
    private static void promoted(ClusterState state, Command.Allow allow) {
        List<Grant> rights = Instances.rights(state.grants(), "a");
        assertThat(rights)
                .hasSizeLessThanOrEqualTo(
                        state.configuration().clones().get("as").promoted());
        assertThat(rights.stream().map(Grant::node)).doesNotHaveDuplicates();
        assertThat(Instances.copies(state.grants(), "a"))
                .filteredOn(copy -> copy.heldBy(allow.node(), allow.incarnation()))
                .singleElement()
                .matches(copy -> !copy.revoked())
                .extracting(copy ->
                        state.instance(copy.instance()).orElseThrow().report().orElseThrow())
                .matches(report -> report.state() == InstanceRecord.State.ACTIVE);
    }

    /** Who has the right has a copy, and who is to stop that is to be demoted. */
    private static void onlyWithACopy(ClusterState state) {
        for (Grant right : Instances.rights(state.grants(), "a")) {
            assertThat(Instances.copies(state.grants(), "a"))
                    .as("%s", right)
                    .anyMatch(copy ->
                            copy.heldBy(right.node(), right.incarnation()) && (right.revoked() || !copy.revoked()));
        }
    }

    private static void observe(
            Command command, long value, Map<String, Member> mayRun, Map<String, Long> tokens, Set<Member> gone) {
        if (command instanceof Command.Allow allow) {
            Member holder = new Member(allow.node(), allow.incarnation());
            assertThat(mayRun.putIfAbsent(allow.instance(), holder))
                    .as("two holders")
                    .isNull();
            assertThat(gone).doesNotContain(holder);
            assertThat(value).isGreaterThan(tokens.getOrDefault(allow.instance(), 0L));
            tokens.put(allow.instance(), value);
        } else if (command instanceof Command.Release release) {
            mayRun.remove(release.instance());
        } else if (command instanceof Command.Fenced fenced) {
            Member out = new Member(fenced.node(), fenced.incarnation());
            mayRun.values().removeIf(out::equals);
            gone.add(out);
        } else if (command instanceof Command.Leave leave) {
            Member out = new Member(leave.node(), leave.incarnation());
            assertThat(mayRun).doesNotContainValue(out);
            gone.add(out);
        } else if (command instanceof Command.Join join) {
            assertThat(gone).doesNotContain(new Member(join.node(), value));
        }
    }

    @Property(tries = 30)
    void equalEntriesGiveEqualStatesOnEveryNode(@ForAll long seed) throws IOException {
        RandomLedger ledger = seed % 2 == 0 ? new RandomLedger(seed) : RandomLedger.promoting(seed);
        ClusterState here = ClusterState.empty();
        ClusterState there = ClusterState.empty();
        for (int index = 1; index <= LENGTH; index++) {
            Entry entry = ledger.next(here);
            Applied applied = Rules.apply(here, index, entry);
            Applied other = Rules.apply(there, index, Codec.entry(Codec.encode(entry)));
            assertThat(other).isEqualTo(applied);
            assertThat(Codec.result(Codec.encode(applied.result()))).isEqualTo(applied.result());
            here = applied.state();
            there = index % 50 == 0 ? copied(other.state()) : other.state();
        }
        assertThat(bytes(there)).isEqualTo(bytes(here));
    }

    private static ClusterState copied(ClusterState state) throws IOException {
        return Codec.readState(new ByteArrayInputStream(bytes(state)));
    }

    private static byte[] bytes(ClusterState state) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Codec.write(state, out);
        return out.toByteArray();
    }

    @Property(tries = 100)
    void aRefusalChangesNothingButTheIndex(@ForAll long seed) {
        RandomLedger ledger = seed % 2 == 0 ? new RandomLedger(seed) : RandomLedger.promoting(seed);
        ClusterState state = ClusterState.empty();
        for (int index = 1; index <= LENGTH; index++) {
            Applied applied = Rules.apply(state, index, ledger.next(state));
            if (applied.result() instanceof Result.Refused refused) {
                assertThat(TestCluster.atIndex(applied.state(), 0)).isEqualTo(TestCluster.atIndex(state, 0));
                assertThat(refused.reason()).isNotBlank();
            }
            state = applied.state();
        }
    }
}
