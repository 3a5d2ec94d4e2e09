package io.holdfast.membership;

import io.holdfast.api.cluster.Cluster;
import io.holdfast.api.cluster.ClusterException;
import io.holdfast.api.cluster.ClusterException.Kind;
import io.holdfast.api.cluster.ClusterStatus;
import io.holdfast.api.cluster.Event;
import io.holdfast.api.cluster.JoinState;
import io.holdfast.api.runtime.NodeIdentity;
import io.holdfast.api.runtime.NodeSettings;
import io.holdfast.api.runtime.Voter;
import io.holdfast.api.transport.Registration;
import io.holdfast.model.ClusterState;
import io.holdfast.model.Entry;
import io.holdfast.model.Result;
import io.holdfast.model.ledger.LogListener;
import io.holdfast.model.ledger.ReplicatedLog;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who is here: joins and leaves, tells all nodes of this one, and answers what people ask about the cluster.
 *
 * <p>The methods of {@link Cluster} may be called on any thread; all others on the loop only.
 */
public final class Membership implements Cluster {
    private static final Logger log = LoggerFactory.getLogger(Membership.class);

    private final World world;
    private final InstantSource wall;
    private final List<String> configured;
    private final Joining joining;
    private final AttributeBoard board;
    private final StallNotes stallNotes;
    private final EventFeed feed = new EventFeed();
    private final Set<Runnable> listeners = new LinkedHashSet<>();
    private LeaseView leases = LeaseView.UNKNOWN;
    private boolean running;
    private @Nullable AutoCloseable listening;
    /** Written on the loop, read on any thread. */
    private volatile Picture picture;

    /**
     * Creates it; it does nothing before {@link #start}.
     *
     * @param wall wall clock, only shown and compared with that of other nodes for failures that age
     * @param identity machine and boot
     * @param version of the software, told to all
     * @param level that it understands, told to all
     */
    public Membership(World world, InstantSource wall, NodeIdentity identity, String version, int level) {
        this.world = world;
        this.wall = wall;
        this.configured =
                world.settings().voters().stream().map(Voter::name).sorted().toList();
        this.joining = new Joining(world, identity, version, level, this::changed);
        this.board = new AttributeBoard(world, this::changed);
        this.stallNotes = new StallNotes(world, wall, board::tell);
        this.picture = taken();
        board.tell("version", version);
        board.tell("level", String.valueOf(level));
        board.tell("role", world.settings().role() == NodeSettings.Role.WITNESS ? "witness" : "node");
        board.tell("standing", joining.standing());
    }

    /** Begins to join. */
    public void start() {
        running = true;
        feed.startAt(world.log().state());
        listening = world.log().listen(new Listener());
        board.start();
        joining.start();
        every();
    }

    /** Ends without leaving: what runs goes on, and a next object or daemon may go on as this incarnation. */
    public void stop() {
        running = false;
        joining.stop();
        board.stop();
        if (listening != null) {
            try {
                listening.close();
            } catch (Exception e) {
                log.debug("The log's listener did not close", e);
            }
        }
        listeners.clear();
    }

    /** {@return the incarnation under which this daemon runs, 0 while it has not joined} */
    public long incarnation() {
        return joining.incarnation();
    }

    /** {@return why this node has not joined, in a sentence; empty if it has} */
    public String standing() {
        return joining.standing();
    }

    /** Tells all nodes something of this one; an empty value takes it back. */
    public void tell(String key, String value) {
        board.tell(key, value);
    }

    /**
     * Tells all nodes that this one did not run for so long.
     *
     * @param cause the end of a sentence that begins with "because"
     */
    public void stalled(Duration length, String cause) {
        stallNotes.stalled(length, cause);
    }

    /**
     * Tells all nodes what the self-test of a fence device found here.
     *
     * @param limit the longest that one request takes
     * @param said what is wrong, empty if nothing is
     */
    public void tellTest(String device, Duration limit, String said) {
        Instant now = Instant.ofEpochMilli(wall.millis()).truncatedTo(ChronoUnit.SECONDS);
        Optional<DeviceTest> last = Optional.ofNullable(
                        board.all().getOrDefault(world.self(), Map.of()).get(DeviceTest.key(device)))
                .flatMap(DeviceTest::read);
        board.tell(
                DeviceTest.key(device), DeviceTest.after(last, now, limit, said).text());
    }

    /** Takes that back: the device is not tested here any more. */
    public void untellTest(String device) {
        board.tell(DeviceTest.key(device), "");
    }

    /** Calls {@code listener} when the incarnation or the attributes of any node changed. */
    public Registration onChange(Runnable listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    /** Leaves cleanly, after everything was stopped and released; it joins no more. Fails with {@link ClusterException}. */
    public CompletionStage<String> leave(Duration limit) {
        board.tell("leaving", "true");
        return joining.leave(limit);
    }

    /** Takes what is known of leases from {@code view}, from now on. */
    public void leases(LeaseView view) {
        leases = view;
        refresh();
    }

    private void every() {
        if (running) {
            refresh();
            joining.checkTerms();
            world.loop().scheduleLoosely(Duration.ofNanos(Math.max(50_000_000, world.leaseNanos() / 5)), this::every);
        }
    }

    private void changed() {
        board.tell("standing", joining.keptOut());
        refresh();
        List.copyOf(listeners).forEach(Runnable::run);
    }

    private void refresh() {
        picture = taken();
    }

    private Picture taken() {
        ReplicatedLog ledger = world.log();
        ClusterState state = ledger.state();
        Map<String, Map<String, String>> attributes = board.all();
        int room = 2 * Math.max(attributes.size(), state.nodes().size()); // done so often that growing would cost
        Set<String> heard = new HashSet<>(room);
        Set<String> fresh = new HashSet<>(room);
        Map<String, Long> leaseUntil = new HashMap<>(room);
        long now = world.loop().nanos();
        for (String node : attributes.keySet()) {
            if (board.fresh(node)) {
                fresh.add(node);
            }
        }
        for (String node : state.nodes().keySet()) {
            if (leases.heard(node)) {
                heard.add(node);
            }
            leaseUntil.put(node, now + leases.leaseMillis(node) * 1_000_000);
        }
        return new Picture(
                world.self(),
                state,
                ledger.leadership(),
                ledger.voters(),
                ledger.health(),
                attributes,
                heard,
                fresh,
                leaseUntil,
                configured,
                joining.standing(),
                joining.refused(),
                world.transport().refusals(),
                troubles());
    }

    private List<String> troubles() {
        List<String> all = new ArrayList<>(leases.problems());
        if (!world.guard().trouble().isEmpty()) {
            all.add(world.guard().trouble());
        }
        return all;
    }

    @Override
    public ClusterStatus status() {
        if (world.loop().inLoop()) {
            refresh();
        }
        return StatusView.of(picture, world.loop().nanos(), wall.millis());
    }

    @Override
    public JoinState joinState() {
        return StatusView.joinState(picture);
    }

    @Override
    public CompletionStage<ClusterStatus> freshStatus(Duration limit) {
        CompletableFuture<ClusterStatus> done = new CompletableFuture<>();
        world.loop()
                .execute(() -> world.log().barrier(limit).whenComplete((state, failure) -> {
                    if (failure == null) {
                        done.complete(status());
                    } else {
                        done.completeExceptionally(new ClusterException(
                                Kind.NO_QUORUM,
                                "No quorum: no leader confirmed within " + limit.toMillis()
                                        + " ms that this picture is the newest (" + failure.getMessage()
                                        + "); what is known here is shown by a status that need not be fresh"));
                    }
                }));
        return done;
    }

    /** What every node tells of itself, and over it what administrators set. */
    @Override
    public Map<String, Map<String, String>> attributes() {
        boolean here = world.loop().inLoop();
        Picture shown = picture;
        Map<String, Map<String, String>> all = new TreeMap<>(here ? board.all() : shown.attributes());
        ClusterState state = here ? world.log().state() : shown.state();
        state.nodes().forEach((node, record) -> {
            Map<String, String> told = all.getOrDefault(node, Map.of());
            if (record.attributes().isEmpty()) {
                all.put(node, told);
            } else {
                Map<String, String> both = new TreeMap<>(told);
                both.putAll(record.attributes());
                all.put(node, both);
            }
        });
        return all;
    }

    @Override
    public List<Event> events(long since) {
        return EventFeed.since(picture.state(), since);
    }

    @Override
    public AutoCloseable follow(Consumer<Event> listener) {
        return feed.follow(listener);
    }

    @Override
    public String export() {
        return picture.state().document();
    }

    private final class Listener implements LogListener {
        @Override
        @SuppressWarnings("ReferenceEquality") // most entries leave the nodes as they are
        public void applied(long index, Entry entry, Result result, ClusterState state) {
            if (state.nodes() == picture.state().nodes()) {
                picture = picture.with(state, world.log());
            } else {
                refresh();
            }
            feed.advance(state);
        }

        @Override
        public void replaced(ClusterState state) {
            refresh();
            feed.advance(state);
        }

        @Override
        public void led(ReplicatedLog.Leadership leadership) {
            refresh();
        }

        @Override
        public void health(ReplicatedLog.Health health) {
            board.tell("ledger", health.well() ? "" : health.problem() + "; " + health.remedy());
            refresh();
        }
    }
}
