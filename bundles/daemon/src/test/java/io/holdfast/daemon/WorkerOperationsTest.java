package io.holdfast.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.api.resource.CloneInstance;
import io.holdfast.api.resource.Command;
import io.holdfast.api.resource.Health;
import io.holdfast.api.resource.Parameter;
import io.holdfast.api.resource.Problem;
import io.holdfast.api.resource.Promotable;
import io.holdfast.api.resource.Promotion;
import io.holdfast.api.resource.ResourceContext;
import io.holdfast.api.resource.ResourceException;
import io.holdfast.api.resource.ResourceType;
import io.holdfast.api.resource.ResourceTypes;
import io.holdfast.api.resource.TypeDescription;
import io.holdfast.api.runtime.NodeSettings;
import io.holdfast.model.PromotionScore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkerOperationsTest {
    private static final Duration LIMIT = Duration.ofSeconds(5);

    @TempDir
    private Path base;

    private final TestCluster cluster = new TestCluster();
    private final TestCluster.Node node = cluster.new Node("n1");
    private final VirtualWorkers workers = new VirtualWorkers(cluster.loop);
    private final FakeContainment containment = new FakeContainment();
    private final FakeType type = new FakeType("t");
    private TypeCatalog catalog;
    private Notes notes;
    private WorkerOperations operations;

    private interface Body {
        void with(ResourceContext context) throws ResourceException, InterruptedException;
    }

    private static class FakeType implements ResourceType {
        private final String name;
        Body start = context -> context.spawn(Command.of("service"));
        Body stop = context -> {};
        Health health = new Health.Running();
        List<Problem> problems = List.of();
        boolean inDaemon;

        FakeType(String name) {
            this.name = name;
        }

        @Override
        public TypeDescription describe() {
            return new TypeDescription(
                    name,
                    "a test",
                    List.of(
                            Parameter.required("path", Parameter.Kind.STRING, "where"),
                            Parameter.optional("mode", Parameter.Kind.STRING, "fast", "how")),
                    LIMIT,
                    LIMIT,
                    LIMIT,
                    LIMIT,
                    inDaemon);
        }

        @Override
        public List<Problem> validate(ResourceContext context) {
            return problems;
        }

        @Override
        public void start(ResourceContext context) throws ResourceException, InterruptedException {
            start.with(context);
        }

        @Override
        public void stop(ResourceContext context) throws ResourceException, InterruptedException {
            stop.with(context);
        }

        @Override
        public Health monitor(ResourceContext context) {
            return health;
        }
    }

    /** One of which copies can be promoted, though its description does not say how long that takes. */
    private static final class PromotableType extends FakeType implements Promotable {
        Body promote = context -> context.run(Command.of("promote"));

        PromotableType() {
            super("p");
        }

        @Override
        public void promote(ResourceContext context) throws ResourceException, InterruptedException {
            promote.with(context);
        }

        @Override
        public void demote(ResourceContext context) throws ResourceException, InterruptedException {
            context.run(Command.of("demote"));
        }
    }

    private Outcome perform(Operation kind, PromotableType promotable) {
        catalog.add(promotable);
        cluster.loop.run(10);
        Instance copy = new Instance(
                "a:0",
                "p",
                Map.of("path", "/srv"),
                42,
                Map.of(),
                Optional.of(new CloneInstance(0, 2, 1, false, 1)),
                Optional.empty(),
                OptionalLong.of(77));
        return end(operations.perform(kind, copy, LIMIT));
    }

    @Test
    void promotesAndDemotesAndWhatThatLeavesBehindIsTheService() {
        PromotableType promotable = new PromotableType();
        List<String> seen = new ArrayList<>();
        promotable.promote = context -> {
            seen.add(context.promotedToken().orElseThrow() + " " + context.token());
            context.onRelease(List.of(Command.of("undo")));
            context.run(Command.of("promote"));
            context.spawn(Command.of("writer"));
        };
        assertThat(perform(Operation.PROMOTE, promotable)).isEqualTo(new Outcome.Ok());
        assertThat(perform(Operation.DEMOTE, promotable)).isEqualTo(new Outcome.Ok());
        assertThat(seen).containsExactly("77 42");
        assertThat(containment.cell("a:0").done).containsExactly("runStart promote", "spawn writer", "runStart demote");
        promotable.health = new Health.Promoted();
        assertThat(perform(Operation.MONITOR, promotable)).isEqualTo(new Outcome.Promoted());
        assertThat(end(catalog.describe("p")).orElseThrow().promotion()).contains(Promotion.USUAL);
        assertThat(end(catalog.describe("t")).orElseThrow().promotion()).isEmpty();
    }

    @Test
    void remembersForTheNextDaemonThatAPromotionIsUnderWay() {
        PromotableType promotable = new PromotableType();
        promotable.promote = context -> {
            create(); // the daemon is killed in its middle
            assertThat(operations.leftPromoting("a:0")).isTrue();
            assertThat(operations.leftovers()).contains("a:0");
            assertThat(operations.startedAs("a:0").orElseThrow().token()).isEqualTo(42);
        };
        perform(Operation.START, promotable);
        create();
        assertThat(operations.leftPromoting("a:0")).isFalse();
        assertThat(perform(Operation.PROMOTE, promotable)).isEqualTo(new Outcome.Ok());
        create();
        assertThat(operations.leftPromoting("a:0")).isFalse();
        assertThat(operations.startedAs("a:0")).isPresent();
        promotable.promote = context -> {
            throw new VirtualWorkers.Hang();
        };
        perform(Operation.PROMOTE, promotable);
        assertThat(operations.leftPromoting("a:0")).isTrue();
        end(operations.kill("a:0"));
        assertThat(operations.leftPromoting("a:0")).isFalse();
    }

    @Test
    void aPromotionThatFailedMayGoOnUntilItsCopyIsStopped() {
        PromotableType promotable = new PromotableType();
        promotable.promote = context -> {
            throw new ResourceException("it has not finished in time");
        };
        perform(Operation.START, promotable);
        assertThat(perform(Operation.PROMOTE, promotable)).isInstanceOf(Outcome.Failed.class);
        assertThat(operations.leftPromoting("a:0")).isTrue();
        create();
        assertThat(operations.leftPromoting("a:0")).isTrue();
        perform(Operation.STOP, promotable);
        assertThat(operations.leftPromoting("a:0")).isFalse();
        create();
        assertThat(operations.leftPromoting("a:0")).isFalse();
    }

    @Test
    void whatACopySaidOfItselfBeforeItStartedCountsNoMore() {
        cluster.configure(TestCluster.resource("a"));
        long token = node.grant("a");
        notes.put("a", token, PromotionScore.NOTE, PromotionScore.text(100, token));
        cluster.loop.run(100);
        assertThat(notes.of("a")).containsKey(PromotionScore.NOTE);
        catalog.add(new PromotableType());
        cluster.loop.run(10);
        Instance copy = new Instance("a", "p", Map.of("path", "/srv"), token, Map.of())
                .as(Optional.of(new CloneInstance(0, 2, 1, false, 1)));
        end(operations.perform(Operation.START, copy, LIMIT));
        cluster.loop.run(100);
        assertThat(notes.of("a")).doesNotContainKey(PromotionScore.NOTE);
    }

    @Test
    void aStopProvesNothingWhileAPromotionIsStillInTheTypesCode() {
        PromotableType promotable = new PromotableType();
        List<Outcome> meanwhile = new ArrayList<>();
        promotable.promote = context -> {
            meanwhile.add(perform(Operation.STOP, promotable));
            meanwhile.add(perform(Operation.START, promotable));
            meanwhile.add(perform(Operation.DEMOTE, promotable));
            meanwhile.add(perform(Operation.PROMOTE, promotable));
            assertThat(operations.leftPromoting("a:0")).isTrue();
        };
        perform(Operation.PROMOTE, promotable);
        assertThat(meanwhile)
                .hasSize(4)
                .allMatch(outcome -> outcome instanceof Outcome.Failed failed
                        && failed.reason().contains("an earlier promote of it hangs in the daemon"));
        assertThat(perform(Operation.STOP, promotable)).isEqualTo(new Outcome.Ok());
    }

    @Test
    void aStopWaitsAMomentForTheStartThatItFollows() {
        List<CompletionStage<Outcome>> stops = new ArrayList<>();
        type.start = context -> {
            stops.add(operations.perform(Operation.STOP, instance(), LIMIT));
            cluster.loop.run(1000); // it was interrupted, and is about to leave
            assertThat(stops.get(0).toCompletableFuture()).isNotDone();
        };
        perform(Operation.START);
        assertThat(end(stops.get(0))).isEqualTo(new Outcome.Ok());
    }

    @Test
    void endsThePromotionsThatAreLeftWithTheDaemon() {
        PromotableType promotable = new PromotableType();
        List<Throwable> thrown = new ArrayList<>();
        promotable.promote = context -> {
            operations.abandon();
            assertThat(Thread.interrupted()).isTrue();
            try {
                context.spawn(Command.of("writer"));
            } catch (ResourceException e) {
                thrown.add(e);
            }
        };
        perform(Operation.PROMOTE, promotable);
        assertThat(thrown).hasSize(1);
        create();
        assertThat(operations.leftPromoting("a:0"))
                .as("nobody knows what it did")
                .isTrue();
    }

    @Test
    void ofATypeThatCannotBePromotedNobodyKnowsWhetherACopyIs() {
        FakeType lost = new FakeType("p");
        catalog.add(lost);
        cluster.loop.run(10);
        Instance copy = new Instance("a:0", "p", Map.of("path", "/srv"), 42, Map.of())
                .as(Optional.of(new CloneInstance(0, 2, 1, false, 1)));
        assertThat(end(operations.perform(Operation.MONITOR, copy, LIMIT)))
                .isInstanceOfSatisfying(
                        Outcome.Unknown.class,
                        unknown -> assertThat(unknown.reason()).contains("cannot be promoted"));
    }

    @Test
    void promotesNothingThatCannotBe() {
        assertThat(perform(Operation.PROMOTE)).isEqualTo(new Outcome.Failed("type t cannot be promoted", true));
    }

    @Test
    void keepsTheScoreWithTheToken() {
        cluster.configure(TestCluster.resource("a", "path", "/srv"));
        cluster.loop.run(10);
        long token = node.grant("a");
        type.start = context -> context.promotionScore(OptionalInt.of(2_000_000));
        Instance instance = new Instance("a", "t", Map.of("path", "/srv"), token, Map.of());
        end(operations.perform(Operation.START, instance, LIMIT));
        assertThat(PromotionScore.of(cluster.record("a"), cluster.grant("a").orElseThrow()))
                .hasValue(PromotionScore.INFINITY);
        type.start = context -> context.promotionScore(OptionalInt.empty());
        end(operations.perform(Operation.START, instance, LIMIT));
        assertThat(cluster.record("a").notes()).isEmpty();
    }

    @BeforeEach
    void aTypeOnOffer() {
        create();
        catalog.add(type);
        cluster.loop.run(10);
    }

    private void create() {
        catalog = new TypeCatalog(cluster.loop, workers);
        notes = new Notes(node.site());
        NodeSettings settings = new NodeSettings(
                "test",
                "n1",
                "127.0.0.1",
                7800,
                List.of(),
                NodeSettings.Role.NODE,
                Duration.ofSeconds(2),
                List.of(),
                base,
                Optional.empty(),
                false,
                List.of(),
                Map.of());
        operations = new WorkerOperations(cluster.loop, workers, containment, catalog, notes, settings);
        operations.prepare();
        cluster.loop.run(10);
    }

    private static Instance instance() {
        return new Instance("a", "t", Map.of("path", "/srv"), 42, Map.of("client", "10.0.0.7"));
    }

    private <T> T end(CompletionStage<T> stage) {
        AtomicReference<T> value = new AtomicReference<>();
        stage.thenAccept(value::set);
        cluster.loop.run(20_000);
        return value.get();
    }

    private Outcome perform(Operation kind) {
        return end(operations.perform(kind, instance(), LIMIT));
    }

    @Test
    void givesTheAgentWhatItNeeds() {
        List<String> seen = new ArrayList<>();
        type.start = context -> {
            seen.add(context.name() + "@" + context.node() + " " + context.token());
            seen.add(context.parameter("path") + " " + context.parameter("mode"));
            seen.add(context.note("client").orElseThrow());
            context.onRelease(List.of(Command.of("undo")));
            context.run(Command.of("prepare"));
            context.spawn(Command.of("serve"));
        };
        assertThat(perform(Operation.START)).isEqualTo(new Outcome.Ok());
        assertThat(seen).containsExactly("a@n1 42", "/srv fast", "10.0.0.7");
        FakeContainment.FakeCell cell = containment.cell("a");
        assertThat(cell.done).containsExactly("runStart prepare", "spawn serve");
        assertThat(cell.release).containsExactly(Command.of("undo"));
    }

    @Test
    void saysHowAnOperationEnded() {
        type.start = context -> {
            throw new ResourceException("smbd is not installed; apt install samba", true);
        };
        assertThat(perform(Operation.START))
                .isEqualTo(new Outcome.Failed("smbd is not installed; apt install samba", true));
        type.health = new Health.NotRunning();
        assertThat(perform(Operation.MONITOR)).isEqualTo(new Outcome.NotRunning());
        type.health = new Health.Failed("no answer");
        assertThat(perform(Operation.MONITOR)).isEqualTo(new Outcome.Failed("no answer", false));
        type.problems = List.of(new Problem("path /srv is missing", "create it"));
        assertThat(perform(Operation.VALIDATE)).isEqualTo(new Outcome.Failed("path /srv is missing; create it", true));
    }

    @Test
    void bearsAgentsThatThrowHangOrWriteRubbish() {
        type.start = context -> {
            throw new IllegalStateException("oops");
        };
        assertThat(perform(Operation.START))
                .isEqualTo(new Outcome.Failed("type t threw java.lang.IllegalStateException: oops", false));
        type.start = context -> {
            throw new NoClassDefFoundError("gone");
        };
        assertThat(perform(Operation.START)).isInstanceOf(Outcome.Failed.class);
        type.start = context -> {
            throw new VirtualWorkers.Hang();
        };
        assertThat(perform(Operation.START)).isEqualTo(new Outcome.Unknown("no end within 5000 ms"));
        type.health = null;
        assertThat(perform(Operation.MONITOR)).isEqualTo(new Outcome.Unknown("its monitor gave no answer"));
        type.health = new Health.Failed("x".repeat(100_000));
        assertThat(((Outcome.Failed) perform(Operation.MONITOR)).reason()).hasSizeLessThan(1100);
        type.start = context -> {
            for (int i = 0; i < 10_000; i++) {
                context.log("flood");
            }
        };
        assertThat(perform(Operation.START)).isEqualTo(new Outcome.Ok());
    }

    @Test
    void aTypeThatIsTakenAwayWhileItWorksIsNotAtFault() {
        type.start = context -> {
            throw new NoClassDefFoundError("its bundle is gone");
        };
        catalog.remove(type); // the loop hears of it once the operation has found the type
        assertThat(perform(Operation.START))
                .isEqualTo(new Outcome.Unknown("type t was replaced or taken away meanwhile"));
    }

    @Test
    void theContextIsWorthlessAfterItsOperation() {
        AtomicReference<ResourceContext> kept = new AtomicReference<>();
        type.start = kept::set;
        perform(Operation.START);
        assertThat(kept.get().remaining()).isZero();
        assertThatThrownBy(() -> kept.get().spawn(Command.of("late"))).hasMessageContaining("time limit");
        assertThat(containment.cell("a").done).isEmpty();
    }

    @Test
    void refusesAStartWithoutARequiredParameter() {
        Outcome outcome =
                end(operations.perform(Operation.START, new Instance("a", "t", Map.of(), 42, Map.of()), LIMIT));
        assertThat(outcome).isEqualTo(new Outcome.Failed("parameter path must have a value", true));
    }

    @Test
    void killsWhatASuccessfulStopLeaves() {
        perform(Operation.START);
        assertThat(perform(Operation.STOP)).isEqualTo(new Outcome.Ok());
        assertThat(containment.cell("a").done).endsWith("kill");
        assertThat(containment.cell("a").alive).isEmpty();
    }

    @Test
    void doesNotBelieveAStopWhoseProcessesCannotBeKilled() {
        perform(Operation.START);
        containment.cell("a").killable = false;
        assertThat(perform(Operation.STOP)).isInstanceOf(Outcome.Failed.class);
        assertThat(end(operations.kill("a"))).isFalse();
    }

    @Test
    void dropsReleaseCommandsAfterACleanStop() {
        type.start = context -> context.onRelease(List.of(Command.of("undo")));
        perform(Operation.START);
        perform(Operation.STOP);
        assertThat(containment.cell("a").release).isEmpty();
        assertThat(containment.cell("a").done).isEmpty();
    }

    @Test
    void cannotProveTheEndOfWhatRunsInThisProcess() {
        type.inDaemon = true;
        type.start = context -> {};
        type.stop = context -> {
            throw new ResourceException("busy");
        };
        perform(Operation.START);
        assertThat(perform(Operation.STOP)).isInstanceOf(Outcome.Failed.class);
        assertThat(end(operations.kill("a"))).isFalse();
        aTypeOnOffer(); // by a daemon that was swapped it runs on in this process
        assertThat(end(operations.kill("a"))).isFalse();
        type.stop = context -> {};
        perform(Operation.STOP);
        assertThat(end(operations.kill("a"))).isTrue();
    }

    @Test
    void remembersWhatItStartedForTheNextDaemon() {
        Duration stopLimit = Duration.ofSeconds(90);
        end(operations.perform(Operation.START, instance().stoppingWithin(stopLimit), LIMIT));
        create();
        assertThat(operations.leftovers()).containsExactly("a");
        Instance as = operations.startedAs("a").orElseThrow();
        assertThat(as.token()).isEqualTo(42);
        assertThat(as.parameters()).isEqualTo(Map.of("path", "/srv"));
        assertThat(as.stopLimit()).contains(stopLimit);
        end(operations.kill("a"));
        containment.cells.clear();
        create();
        assertThat(operations.leftovers()).isEmpty();
    }

    @Test
    void readsRubbishInItsFilesAsNothing() throws Exception {
        perform(Operation.START);
        java.nio.file.Files.writeString(base.resolve("run/started.d/a"), "\\u00zz");
        create();
        assertThat(operations.startedAs("a")).isEmpty();
        assertThat(operations.leftovers()).contains("a");
    }

    @Test
    void bringsNotesIntoTheState() {
        cluster.configure(TestCluster.resource("a"));
        long token = node.grant("a");
        type.start = context -> {
            context.note("client", "10.0.0.8");
            context.note("client", "10.0.0.9");
        };
        Instance instance = new Instance("a", "t", Map.of("path", "/srv"), token, Map.of());
        end(operations.perform(Operation.START, instance, LIMIT));
        assertThat(cluster.record("a").notes()).containsEntry("client", "10.0.0.9");
        assertThat(cluster.ledger.all(io.holdfast.model.Command.Note.class)).hasSizeLessThanOrEqualTo(2);
    }

    @Test
    void dropsNotesOfAnOlderToken() {
        cluster.configure(TestCluster.resource("a"));
        long token = node.grant("a");
        notes.put("a", token - 1, "client", "x");
        notes.put("a", token, "big", "x".repeat(20_000));
        cluster.loop.run(1000);
        assertThat(cluster.record("a").notes()).isEmpty();
        assertThat(cluster.ledger.all(io.holdfast.model.Command.Note.class)).isEmpty();
    }

    @Test
    void typesComeAndGo() {
        List<String> changes = new ArrayList<>();
        operations.onTypes(() -> changes.add(String.join(" ", operations.types())));
        ResourceTypes family = new ResourceTypes() {
            @Override
            public String prefix() {
                return "f:";
            }

            @Override
            public Optional<ResourceType> find(String name) {
                return Optional.of(new FakeType(name));
            }

            @Override
            public List<String> names() {
                return List.of("f:one");
            }
        };
        catalog.add(family);
        cluster.loop.run(10);
        assertThat(operations.types()).containsExactlyInAnyOrder("t", "f:one");
        assertThat(end(operations.describe("f:one")).orElseThrow().name()).isEqualTo("f:one");
        Instance one = new Instance("b", "f:one", Map.of("path", "/"), 1, Map.of());
        assertThat(end(operations.perform(Operation.START, one, LIMIT))).isEqualTo(new Outcome.Ok());
        catalog.remove(family);
        catalog.remove(type);
        cluster.loop.run(10);
        assertThat(operations.types()).isEmpty();
        assertThat(changes).hasSize(3);
        assertThat(end(operations.describe("f:one"))).isEmpty();
        assertThat(end(operations.perform(Operation.START, one, LIMIT)))
                .isEqualTo(new Outcome.Failed("type f:one is not on offer on n1", false));
    }

    @Test
    void letsTheOthersWaitTheirTurn() {
        List<CompletionStage<Outcome>> starts = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            Instance one = new Instance("i" + i, "t", Map.of("path", "/"), 1, Map.of());
            starts.add(operations.perform(Operation.START, one, LIMIT));
        }
        cluster.loop.run(1);
        assertThat(starts.stream().filter(start -> start.toCompletableFuture().isDone()))
                .hasSize(64);
        cluster.loop.run(10);
        assertThat(starts).allMatch(start -> start.toCompletableFuture().isDone());
    }

    @Test
    void saysWhenNothingIsUnderWay() {
        CompletionStage<Outcome> start = operations.perform(Operation.START, instance(), LIMIT);
        CompletionStage<Void> idle = operations.idle();
        assertThat(idle.toCompletableFuture()).isNotDone();
        end(start);
        assertThat(idle.toCompletableFuture()).isDone();
    }
}
