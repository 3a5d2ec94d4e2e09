package io.holdfast.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.api.cluster.ClusterException;
import io.holdfast.api.resource.Parameter;
import io.holdfast.api.resource.TypeDescription;
import io.holdfast.model.Command;
import io.holdfast.model.InstanceRecord.State;
import io.holdfast.model.ledger.LedgerException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ControlTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final String DOCUMENT = "cluster: test\nresources:\n  a: {type: t, parameters: {path: /srv}}\n";

    private final TestCluster cluster = new TestCluster();
    private final TestCluster.Node n1 = cluster.new Node("n1");
    private final TestCluster.Node n2 = cluster.new Node("n2");
    private final Map<String, String> problems = new HashMap<>(); // node -> what validation finds there
    private final List<String> steered = new ArrayList<>();
    private Control control;

    @BeforeEach
    void aControlOnTheFirstNode() {
        n1.peers.tell(Peers.TYPES, "t");
        n2.peers.tell(Peers.TYPES, "t u");
        TypeDirectory types = new TypeDirectory() {
            @Override
            public CompletionStage<Optional<TypeDescription>> describe(String type) {
                TypeDescription description = new TypeDescription(
                        type, "", List.of(Parameter.required("path", Parameter.Kind.STRING, "where")));
                return CompletableFuture.completedFuture(
                        type.equals("x") ? Optional.empty() : Optional.of(description));
            }

            @Override
            public CompletionStage<Outcome> validate(String node, Instance instance, Duration limit) {
                String problem = problems.get(node);
                return CompletableFuture.completedFuture(
                        problem == null ? new Outcome.Ok() : new Outcome.Failed(problem, true));
            }
        };
        Steering steering = new Steering() {
            @Override
            public CompletionStage<String> fence(String node, String who, Duration limit) {
                return did("fence " + node);
            }

            @Override
            public CompletionStage<String> confirmFenced(String node, String who, Duration limit) {
                return did("confirmed " + node);
            }

            @Override
            public CompletionStage<String> hold(Duration span, Duration limit) {
                return did("hold " + span);
            }

            @Override
            public CompletionStage<String> release(Duration limit) {
                return did("release");
            }

            @Override
            public CompletionStage<String> leave(Duration limit) {
                return did("leave");
            }
        };
        control = new Control(n1.site(), types, steering, 7800);
    }

    private CompletionStage<String> did(String what) {
        steered.add(what);
        return CompletableFuture.completedFuture(what);
    }

    private String done(CompletionStage<String> stage) {
        cluster.loop.run(100);
        return stage.toCompletableFuture().getNow("not yet");
    }

    private ClusterException failed(CompletionStage<String> stage) {
        cluster.loop.run(100);
        try {
            throw new AssertionError("succeeded: " + stage.toCompletableFuture().getNow("not yet"));
        } catch (CompletionException e) {
            return (ClusterException) e.getCause();
        }
    }

    private String applied(String document) {
        return done(control.apply(document, "c.yaml", "me", LIMIT));
    }

    @Test
    void appliesADocument() {
        assertThat(applied(DOCUMENT)).startsWith("Applied as revision 1.").contains("resource a");
        assertThat(cluster.ledger.state().configuration().resources()).containsOnlyKeys("a");
        assertThat(cluster.ledger.state().document()).isEqualTo(DOCUMENT);
    }

    @Test
    void refusesWhatTheTypeDoesNotKnowWithFileAndLine() {
        ClusterException refused = failed(control.apply(DOCUMENT.replace("path", "pfad"), "c.yaml", "me", LIMIT));
        assertThat(refused.kind()).isEqualTo(ClusterException.Kind.REFUSED);
        assertThat(refused).hasMessageContaining("c.yaml:3").hasMessageContaining("pfad");
        assertThat(cluster.ledger.all(Command.Apply.class)).isEmpty();
    }

    @Test
    void refusesATypeThatNoNodeOffers() {
        assertThat(failed(control.apply(DOCUMENT.replace("type: t", "type: x"), "c.yaml", "me", LIMIT)))
                .hasMessageContaining("x");
    }

    @Test
    void takesATypeThatOnlyAnotherNodeOffers() {
        assertThat(applied(DOCUMENT.replace("type: t", "type: u"))).startsWith("Applied");
    }

    @Test
    void refusesWhatCannotWorkOnAnyNode() {
        problems.put("n1", "/srv is missing; create it");
        problems.put("n2", "/srv is missing; create it");
        assertThat(failed(control.apply(DOCUMENT, "c.yaml", "me", LIMIT)))
                .hasMessageContaining("a on n2: /srv is missing; create it");
        assertThat(cluster.ledger.all(Command.Apply.class)).isEmpty();
    }

    @Test
    void onlyWarnsWhenItCanWorkSomewhereOrSomethingComesBeforeIt() {
        problems.put("n1", "/srv is missing");
        assertThat(applied(DOCUMENT)).contains("Warning: a on n1: /srv is missing");
        problems.put("n2", "/srv is missing");
        String mounted = "cluster: test\nresources:\n  m: {type: t, parameters: {path: /x}}\n"
                + "  a: {type: t, parameters: {path: /srv2}}\ngroups:\n  g: [m, a]\n";
        problems.clear();
        applied(mounted);
        problems.put("n1", "missing");
        problems.put("n2", "missing");
        assertThat(applied(mounted.replace("srv2", "srv3"))).contains("Warning: a on n2: missing");
    }

    @Test
    void isHonestAboutHowItEnded() {
        applied(DOCUMENT);
        cluster.ledger.failing = LedgerException.Kind.NOT_DONE;
        assertThat(failed(control.stop("a", "me", LIMIT)).kind()).isEqualTo(ClusterException.Kind.NO_QUORUM);
        cluster.ledger.failing = LedgerException.Kind.REFUSED;
        assertThat(failed(control.stop("a", "me", LIMIT)).kind()).isEqualTo(ClusterException.Kind.REFUSED);
        cluster.ledger.failing = LedgerException.Kind.UNKNOWN;
        ClusterException unknown = failed(control.stop("a", "me", LIMIT));
        assertThat(unknown.kind()).isEqualTo(ClusterException.Kind.UNKNOWN_OUTCOME);
        assertThat(unknown).hasMessageContaining("may still take effect");
    }

    @Test
    void namesWhatThereIsWhenANameIsWrong() {
        applied(DOCUMENT);
        assertThat(failed(control.stop("b", "me", LIMIT))).hasMessageContaining("there are: a");
        assertThat(failed(control.standby("n9", "me", LIMIT))).hasMessageContaining("there are: n1, n2");
    }

    @Test
    void movesAndWaitsUntilItIsActiveThere() {
        applied(DOCUMENT);
        CompletionStage<String> moved = control.move("a", "n2", true, "me", LIMIT);
        assertThat(done(moved)).isEqualTo("not yet");
        long token = n2.grant("a");
        cluster.ledger.put("n2", new Command.Reported("a", "n2", n2.peers.incarnation, token, State.ACTIVE, ""));
        assertThat(done(moved)).contains("a is active on n2.").contains("ha unmove a");
    }

    @Test
    void doesNotWaitForAMoveThatFailedForGood() {
        applied(DOCUMENT);
        CompletionStage<String> moved = control.move("a", "n2", true, "me", LIMIT);
        done(moved);
        long token = n2.grant("a");
        cluster.ledger.put(
                "n2", new Command.Failure("a", "n2", n2.peers.incarnation, token, "start", "not installed", true));
        assertThat(failed(moved)).hasMessageContaining("a cannot run on n2: start failed, not installed");
    }

    @Test
    void refusesAMoveToWhereItCannotGo() {
        applied(DOCUMENT);
        done(control.standby("n2", "me", LIMIT));
        assertThat(failed(control.move("a", "n2", false, "me", LIMIT))).hasMessageContaining("standby");
    }

    @Test
    void passesOnWhatOthersDo() {
        assertThat(done(control.fence("n2", "me", LIMIT))).isEqualTo("fence n2");
        assertThat(done(control.confirmFenced("n2", "me", LIMIT))).isEqualTo("confirmed n2");
        assertThat(done(control.hold(Duration.ofSeconds(5), LIMIT))).isEqualTo("hold PT5S");
        assertThat(done(control.release(LIMIT))).isEqualTo("release");
    }

    @Test
    void understandsVoters() {
        assertThat(done(control.voter(List.of("add", "n4=10.0.0.4"), "me", LIMIT)))
                .contains("n1, n2, n3");
        assertThat(failed(control.voter(List.of("add", "n4"), "me", LIMIT)))
                .hasMessageContaining("voter add NAME=ADDRESS");
        assertThat(failed(control.voter(List.of("frob", "n4"), "me", LIMIT))).hasMessageContaining("not understood");
    }

    @Test
    void leavesOnceNothingIsGranted() {
        applied(DOCUMENT);
        long token = n1.grant("a");
        CompletionStage<String> left = control.leave(LIMIT);
        assertThat(done(left)).isEqualTo("not yet");
        assertThat(cluster.attributes.get("n1")).containsEntry(Peers.LEAVING, "true");
        cluster.ledger.put("n1", new Command.Revoke("a", token, "n1 leaves"));
        cluster.ledger.put("n1", new Command.Release("a", "n1", n1.peers.incarnation, token));
        assertThat(done(left)).isEqualTo("leave");
    }

    @Test
    void waitsForNoLeaderWhenItLeaves() {
        applied(DOCUMENT);
        n1.grant("a");
        cluster.ledger.lead("");
        CompletionStage<String> left = control.leave(LIMIT);
        cluster.loop.run(6000);
        assertThat(failed(left).kind()).isEqualTo(ClusterException.Kind.NO_QUORUM);
        assertThat(failed(left)).hasMessageContaining("no leader");
    }

    @Test
    void withoutALeaderWhatIsUnknownIsNoWrongName() {
        applied(DOCUMENT);
        assertThat(failed(control.standby("n7", "ann", LIMIT)).kind()).isEqualTo(ClusterException.Kind.REFUSED);
        assertThat(failed(control.stop("zz", "ann", LIMIT))).hasMessageContaining("There is no resource or group zz");
        cluster.ledger.lead("");
        assertThat(failed(control.standby("n7", "ann", LIMIT)).kind()).isEqualTo(ClusterException.Kind.NO_QUORUM);
        assertThat(failed(control.stop("zz", "ann", LIMIT)))
                .hasMessageContaining("n1 hears no leader, and what it knows has no resource or group zz");
    }

    @Test
    void staysWhenItCannotLeaveCleanly() {
        applied(DOCUMENT);
        n1.grant("a");
        CompletionStage<String> left = control.leave(Duration.ofSeconds(1));
        cluster.loop.run(2000);
        assertThat(failed(left)).hasMessageContaining("n1 still holds a after 1 s");
        assertThat(steered).isEmpty();
        assertThat(cluster.attributes.get("n1").get(Peers.LEAVING)).isEmpty();
        done(control.maintenance(true, Optional.of("a"), "me", LIMIT));
        assertThat(failed(control.leave(LIMIT))).hasMessageContaining("under maintenance");
    }

    private void understands(String node, String level, String version) {
        cluster.attributes
                .computeIfAbsent(node, name -> new TreeMap<>())
                .putAll(Map.of("level", level, "version", version));
    }

    @Test
    void theLevelIsRaisedOnlyWhenEachNodeUnderstandsIt() {
        understands("n1", "1", "0.1.0");
        understands("n2", "1", "0.1.0");
        assertThat(done(control.upgradeLevel("me", LIMIT)))
                .isEqualTo("The cluster works at functional level 1, which is the newest that n1 understands.");
        understands("n1", "2", "0.2.0");
        assertThat(failed(control.upgradeLevel("me", LIMIT)))
                .hasMessageContaining("n2 has 0.1.0, which understands level 1: install Holdfast 0.2.0 or later on it");
        understands("n2", "2", "0.2.0");
        assertThat(done(control.upgradeLevel("me", LIMIT)))
                .isEqualTo(
                        "The cluster works at functional level 2 from here on; a node needs Holdfast 0.2.0 or later.");
    }
}
