package io.holdfast.daemon;

import io.holdfast.api.runtime.Scheduled;
import io.holdfast.api.transport.Registration;
import io.holdfast.model.ClusterState;
import io.holdfast.model.Command;
import io.holdfast.model.Entry;
import io.holdfast.model.Result;
import io.holdfast.model.ledger.LogListener;
import io.holdfast.model.ledger.ReplicatedLog;
import io.holdfast.planner.Action;
import io.holdfast.planner.Plan;
import io.holdfast.planner.Planner;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * On the node that leads: compares what is granted with what should be, and grants or revokes. It plans once in a turn of the loop in
 * which anything changed, and appends every action that is possible now, all at the same time; what an append brings about is a
 * change, after which it plans anew. On the loop only.
 */
public final class Leader implements LogListener, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Leader.class);

    /** Against a wall clock that steps: the plan's own next look is believed for so long at most. */
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(1);

    /** Silence calls nobody: who is heard is looked at so often. A takeover does not wait for this, it follows from the ledger. */
    private static final Duration HEARD_LOOK = Duration.ofMillis(100);

    private static final Duration HEARD_LOOK_ELSEWHERE = Duration.ofMillis(500);

    /** So many appends at a time; what remains is in the next plan. */
    private static final int MOST_IN_FLIGHT = 256;

    /** A plan of a big cluster that took longer is followed by a pause of its own length, so that leases have half of the loop. */
    private static final Duration CHEAP = Duration.ofMillis(5);

    private final Site site;
    private final FactsCollector facts;
    private final Planner planner = new Planner();
    private final Appends appends;
    private final List<AutoCloseable> registrations = new ArrayList<>();
    private @Nullable Scheduled nextLook;
    private Set<String> heard = Set.of();
    private boolean awake;
    private boolean closed;
    private long plans;
    private long restUntil = Long.MIN_VALUE / 2;

    /** Creates it; it does nothing before {@link #start}. */
    public Leader(Site site) {
        this.site = site;
        facts = new FactsCollector(site);
        appends = new Appends(site.loop(), site.log());
    }

    /** Begins. */
    public void start() {
        registrations.add(site.log().listen(this));
        Registration peers = site.peers().onChange(this::wake);
        registrations.add(peers);
        lookWhoIsHeard();
        wake();
    }

    private void lookWhoIsHeard() {
        if (closed) {
            return;
        }
        if (leads()) {
            Set<String> now = facts.heard();
            if (!now.equals(heard)) {
                heard = now;
                wake();
            }
        }
        site.loop().scheduleLoosely(leads() ? HEARD_LOOK : HEARD_LOOK_ELSEWHERE, this::lookWhoIsHeard);
    }

    /** Ends; what was granted stays granted. */
    @Override
    public void close() {
        closed = true;
        cancelNextLook();
        appends.close();
        registrations.forEach(Reconciler::closeQuietly);
        registrations.clear();
    }

    /** {@return how many plans this leader made, for tests and metrics} */
    public long plans() {
        return plans;
    }

    @Override
    public void applied(long index, Entry entry, Result result, ClusterState state) {
        wake();
    }

    @Override
    public void replaced(ClusterState state) {
        wake();
    }

    @Override
    public void led(ReplicatedLog.Leadership leadership) {
        appends.retryNow();
        wake();
    }

    private void wake() {
        if (!awake && !closed && leads()) {
            awake = true;
            long pause = restUntil - site.loop().nanos();
            if (pause > 0) {
                site.loop().schedule(Duration.ofNanos(pause), this::plan);
            } else {
                site.loop().execute(this::plan);
            }
        }
    }

    private boolean leads() {
        ReplicatedLog.Leadership leadership = site.log().leadership();
        return leadership.self() && leadership.ready();
    }

    private void plan() {
        awake = false;
        cancelNextLook();
        if (closed || !leads()) {
            return;
        }
        plans++;
        heard = facts.heard(); // who comes back between two looks was away for this plan all the same
        long begun = site.loop().nanos();
        Plan plan = planner.next(facts.collect());
        for (Action action : plan.actions()) {
            Optional<Command> command = action.command();
            if (command.isPresent()) {
                carryOut(action.instance(), command.get());
            }
        }
        long end = site.loop().nanos();
        if (end - begun > CHEAP.toNanos()) {
            restUntil = end + (end - begun);
        }
        plan.nextWakeMillis().ifPresent(wallMillis -> {
            Duration wait =
                    Duration.ofMillis(Math.max(1, wallMillis - site.wall().millis()));
            nextLook = site.loop().schedule(wait.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : wait, () -> {
                nextLook = null;
                wake();
            });
        });
    }

    private void carryOut(String instance, Command command) {
        if (!appends.inFlight(instance) && appends.size() < MOST_IN_FLIGHT) {
            log.debug("{}", command);
            appends.offer(instance, command, free -> wake());
        }
    }

    private void cancelNextLook() {
        if (nextLook != null) {
            nextLook.cancel();
            nextLook = null;
        }
    }
}
