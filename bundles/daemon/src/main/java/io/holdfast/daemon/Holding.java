package io.holdfast.daemon;

import io.holdfast.api.resource.TypeDescription;
import io.holdfast.api.runtime.Scheduled;
import io.holdfast.api.transport.Registration;
import io.holdfast.model.Grant;
import io.holdfast.model.InstanceRecord.State;
import io.holdfast.model.config.OperationSetting;
import io.holdfast.model.config.Resource;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One instance on this node: what is known of it here, and at most one operation on it at a time. {@link #step} compares that with
 * its grant and begins whatever comes next; it may be called at any time, any number of times.
 */
final class Holding {
    private static final Logger log = LoggerFactory.getLogger(Holding.class);

    private static final String ON_FAIL_IGNORE = "ignore";
    private static final String ON_FAIL_BLOCK = "block";
    private static final String ON_FAIL_FENCE = "fence";
    /** What a node does by itself when an operation fails; the rest is the planner's. */
    private static final Set<String> ON_FAIL = Set.of(ON_FAIL_IGNORE, ON_FAIL_BLOCK, ON_FAIL_FENCE);

    private static final String MONITOR_PROMOTED = "monitor-promoted";

    /** From one try to kill what could not be killed to the next. */
    private static final Duration BLOCKED_RETRY = Duration.ofSeconds(5);

    /** The guard writes its proof into shared memory and calls nobody. */
    private static final Duration GUARD_LOOK = Duration.ofMillis(20);

    /** How long a stop waits for its type to come back (its bundle is being updated) before the processes are killed. */
    private static final Duration TYPE_BACK = Duration.ofSeconds(10);

    /** From one monitor that failed under a type on trial to the next. */
    private static final Duration TRIAL_LOOK = Duration.ofSeconds(1);

    private static final Duration SOON = Duration.ofMillis(100);

    /** What is known of the instance here. */
    enum Phase {
        /** It may run: left by an earlier daemon, or people had their hands on it. */
        UNKNOWN,
        /** Proved not to run. */
        ABSENT,
        STARTING,
        RUNNING,
        PROMOTING,
        DEMOTING,
        /** It runs in whole or in part and does not serve; to be stopped. */
        FAILED,
        STOPPING,
        KILLING,
        /** It could not be proved that it stopped. */
        BLOCKED,
        /** The guard stops it, or has. */
        GUARDED
    }

    private final Reconciler here;
    private final String name;
    private final Failures failures;
    private final Role role;
    private Phase phase;

    /** The grant that it runs under, or ran. */
    private long token;

    /** What was started; empty while that is not known. */
    private Optional<Instance> definition = Optional.empty();

    /** How it is configured, or was when it was taken out of the document: its stop still takes as long as it took. */
    private Optional<Resource> configured = Optional.empty();

    /** An operation is under way. */
    private boolean busy;

    /** Results that carry an older number are of no interest any more. */
    private long turn;

    /** Since when a stop waits for its type, on the loop's clock. */
    private OptionalLong typeMissedSince = OptionalLong.empty();

    /** Since when processes are watched, and whether that is of no use until the next monitor (it called without cause). */
    private long watchedSince;

    private boolean watchUseless;

    private long blockedSince = -1;
    /** The newest failure that its document says to ignore, for people; empty once a monitor succeeds. */
    private String ignored = "";

    private boolean leftAlone;
    private boolean leftUnmonitored;
    private boolean monitorDue;
    private @Nullable Scheduled timer;
    private @Nullable Scheduled monitorTimer;
    private @Nullable Registration watch;
    /**
     * It ran in this JVM when the guard closed the gate. Nobody has stopped it, so the guard must not hear that somebody has: then it
     * would spare the JVM, and the instance in it would run on beside the next one elsewhere.
     */
    private boolean caughtInDaemon;

    /** An operation was under way when the guard closed the gate. */
    private boolean disturbed;

    private Optional<TypeDescription> type = Optional.empty();
    private String describedType = "";

    Holding(Reconciler here, String name, Phase phase, long token) {
        this.here = here;
        this.name = name;
        this.failures = new Failures(here, name);
        this.role = new Role(here, name, phase == Phase.ABSENT ? Role.Known.UNPROMOTED : Role.Known.UNKNOWN);
        this.phase = phase;
        this.token = token;
    }

    Phase phase() {
        return phase;
    }

    boolean inDaemon() {
        return type.isPresent()
                && type.get().inDaemon()
                && !here.operations().startedByOtherProcess(name)
                && phase != Phase.ABSENT
                && (phase != Phase.GUARDED || caughtInDaemon);
    }

    /** {@return whether it is proved that it is not promoted} */
    boolean provedUnpromoted() {
        return role.provedUnpromoted();
    }

    /** Under which token it was left by an earlier daemon, and as what. */
    void startedAs(Instance instance) {
        definition = Optional.of(instance);
    }

    // ---- one step ----

    void step() {
        if (here.closed()) {
            return;
        }
        Optional<Grant> grant = here.grant(name);
        if (phase == Phase.GUARDED) {
            if (busy || !here.lease().provedStopped()) {
                news(grant);
                later(GUARD_LOOK);
                return;
            }
            if (disturbed) {
                disturbed = false;
                kill();
                return;
            }
            become(Phase.ABSENT);
        }
        news(grant);
        if (busy || undescribed(grant)) {
            return;
        }
        if (here.leftAlone(name) && phase != Phase.ABSENT) {
            leaveAlone();
            return;
        }
        if (leftAlone) {
            leftAlone = false;
            if (phase == Phase.RUNNING || phase == Phase.FAILED) {
                become(Phase.UNKNOWN); // people had their hands on it: look first
            }
        }
        boolean wanted = grant.isPresent()
                && grant.get().token() == token
                && !grant.get().revoked()
                && here.member()
                && !(inDaemon() && !here.lease().active());
        switch (phase) {
            case UNKNOWN -> unknown(grant, wanted);
            case ABSENT -> absent(grant);
            case RUNNING -> running(wanted, grant);
            case FAILED -> afterFailure(grant, wanted);
            case BLOCKED -> blocked();
            case STARTING, PROMOTING, DEMOTING, STOPPING, KILLING, GUARDED ->
                throw new IllegalStateException(name + ": " + phase + " and idle");
        }
    }

    private void unknown(Optional<Grant> grant, boolean wanted) {
        if (here.operations().leftPromoting(name)) {
            end("it was being promoted, and nobody heard that it was, so it may be at any moment");
            return;
        }
        if (definition.isPresent()
                && grant.isPresent()
                && definition.get().token() != 0
                && definition.get().token() != grant.get().token()) {
            end("what runs here belongs to the older token " + definition.get().token());
            return;
        }
        if (!wanted) {
            if (grant.isPresent()
                    && (definition.isPresent() || here.resource(name).isPresent())) {
                stop("its grant was revoked");
            } else {
                end("it runs here and is not granted");
            }
            return;
        }
        if (unstopped()) {
            end("an earlier daemon could not stop it");
            return;
        }
        if (!here.lease().active()) {
            return;
        }
        Optional<Instance> known = definition.or(this::present);
        if (known.isEmpty() || !offered(known.get())) { // nobody can look at it now; it is left as it is
            if (role.toGiveBack()) {
                stop("it may be promoted no more, and nobody can tell whether it is");
            }
            return;
        }
        Instance as = known.get();
        definition = known;
        long types = here.typeChanges();
        perform(Phase.UNKNOWN, Operation.MONITOR, as, limits().monitor(), outcome -> {
            if (serves(outcome)) {
                log.info("{} runs here already under token {}: it goes on", name, token);
                role.is(known(as, outcome));
                become(Phase.RUNNING);
            } else if (types != here.typeChanges()) {
                log.debug("{} is looked at again: its type may have been replaced meanwhile", name);
            } else if (outcome instanceof Outcome.NotRunning && !blockedBefore()) {
                end("it does not run, but a start that nobody finished may have left something");
            } else {
                failed(Operation.MONITOR, outcome);
            }
        });
    }

    private void absent(Optional<Grant> grant) {
        if (grant.isEmpty()) {
            freeze(); // a timer that is left would start it beside whoever looks after its next grant
            here.forget(this);
            return;
        }
        if (grant.get().token() != token) {
            token = grant.get().token();
            failures.newGrant();
        }
        boolean right = role.giveBack();
        if (grant.get().revoked()) {
            if (!right) {
                here.release(grant.get());
            }
            return;
        }
        Optional<Instance> instance = present();
        if (here.leftAlone(name) || instance.isEmpty() || failures.givenUp() || !here.member()) {
            return;
        }
        if (here.outdated(name, token)) {
            return; // the grant is for an earlier definition; the leader revokes it
        }
        if (!offered(instance.get())) {
            if (!waitForType()) {
                here.report(
                        grant.get(),
                        State.FAILED,
                        "type " + instance.get().type() + " is not on offer on " + here.node());
            }
            return; // its return wakes us
        }
        typeMissedSince = OptionalLong.empty();
        if (!here.lease().active()) {
            return; // its change wakes us
        }
        Duration wait = failures.untilRestart(token);
        if (!wait.isZero()) {
            later(wait);
            return;
        }
        start(instance.get());
    }

    private void start(Instance instance) {
        log.info("Starting {} under token {}", name, token);
        Limits limits = limits();
        Instance as = instance.stoppingWithin(limits.stop());
        definition = Optional.of(as);
        role.is(Role.Known.UNKNOWN); // from now on it may be anything, until somebody looks who can tell
        watchUseless = false; // of what is started now nobody called without cause
        news(Phase.STARTING);
        perform(Phase.STARTING, Operation.START, as, limits.start(), outcome -> {
            if (!(outcome instanceof Outcome.Ok)) {
                failed(Operation.START, outcome);
            } else if (as.promotable()) {
                beginUnpromoted(as);
            } else {
                active();
            }
        });
    }

    private void active() {
        log.info("{} is active under token {}", name, token);
        become(Phase.RUNNING);
    }

    /** It is to start unpromoted, whatever it was when it ran last; that is looked at, because a right may be given back on the strength of it. */
    private void beginUnpromoted(Instance as) {
        long types = here.typeChanges();
        perform(Phase.STARTING, Operation.MONITOR, looking(as), limits().monitor(), outcome -> {
            if (serves(outcome)) {
                role.is(known(as, outcome));
                active();
            } else if (types != here.typeChanges()) {
                become(Phase.UNKNOWN); // its type may have been replaced meanwhile: look again
            } else {
                failed(Operation.MONITOR, outcome);
            }
        });
    }

    private void running(boolean wanted, Optional<Grant> grant) {
        if (!wanted) {
            stop(grant.map(Grant::reason).orElse("it is not granted any more"));
            return;
        }
        Instance as = definition.orElseThrow();
        Role.Next next = hasRole(as) ? role.next() : Role.Next.NOTHING;
        role.giveBack();
        if (next == Role.Next.DEMOTE && !offered(as)) {
            stop("it is to be demoted, and its type is not on offer");
            return;
        } else if (next == Role.Next.DEMOTE) {
            demote(as);
            return;
        }
        if (!offered(as)) {
            leftUnmonitored = true; // frozen until its type is back
            return;
        }
        if (leftUnmonitored) {
            leftUnmonitored = false;
            monitorDue = true;
        }
        if (watch == null && !watchUseless && ignored.isEmpty()) {
            watch();
        }
        Duration interval = role.promoted() ? limits().promotedInterval() : limits().interval();
        if (monitorDue) {
            if (here.lease().active()) {
                monitor(as);
            }
        } else if (next == Role.Next.PROMOTE) {
            promote(as);
        } else if (monitorTimer == null && !interval.isZero()) {
            monitorTimer = here.loop().schedule(interval, () -> {
                monitorTimer = null;
                monitorDue = true;
                watchUseless = false;
                step();
            });
        }
    }

    private void promote(Instance as) {
        Instance under = withNotes(as);
        log.info("Promoting {} under token {}", name, under.promotedToken().orElse(0));
        role.is(Role.Known.UNKNOWN);
        perform(Phase.PROMOTING, Operation.PROMOTE, under, limits().promote(), outcome -> {
            if (outcome instanceof Outcome.Ok) {
                log.info("{} is promoted", name);
                role.is(Role.Known.PROMOTED);
                become(Phase.RUNNING);
            } else {
                failed(Operation.PROMOTE, outcome);
            }
        });
    }

    /** The right is given back only after a monitor that does not find it promoted. */
    private void demote(Instance as) {
        log.info("Demoting {}", name);
        perform(Phase.DEMOTING, Operation.DEMOTE, withNotes(as), limits().demote(), outcome -> {
            if (!(outcome instanceof Outcome.Ok)) {
                role.stuck();
                failed(Operation.DEMOTE, outcome);
                return;
            }
            role.is(Role.Known.UNKNOWN);
            long types = here.typeChanges();
            perform(Phase.DEMOTING, Operation.MONITOR, looking(as), limits().monitor(), seen -> {
                if (seen instanceof Outcome.Ok) {
                    log.info("{} is promoted no more", name);
                    role.is(Role.Known.UNPROMOTED);
                    become(Phase.RUNNING);
                } else if (!serves(seen) && types != here.typeChanges()) {
                    become(Phase.UNKNOWN); // its type may have been replaced meanwhile: look again
                } else {
                    role.stuck();
                    failed(
                            seen instanceof Outcome.Promoted ? Operation.DEMOTE : Operation.MONITOR,
                            seen instanceof Outcome.Promoted
                                    ? new Outcome.Failed("it succeeded, and the monitor finds it promoted still", false)
                                    : seen);
                }
            });
        });
    }

    private void watch() {
        watchedSince = here.loop().nanos();
        watch = here.operations().watch(name, () -> {
            endWatch();
            if (phase != Phase.RUNNING) {
                return;
            }
            // one that calls as soon as it is set, while the service is well, would make us monitor without end
            watchUseless = here.loop().nanos() - watchedSince < SOON.toNanos();
            monitorDue = true;
            step();
        });
    }

    /** {@return whether it runs here, outside of the daemon, and monitors may tell how it does} */
    boolean isWatched() {
        return phase == Phase.RUNNING && !inDaemon() && here.lease().active() && !here.leftAlone(name);
    }

    /** Unless one is under way or due already. */
    void monitorNow() {
        if (phase == Phase.RUNNING && !busy && !monitorDue) {
            monitorDue = true;
            step();
        }
    }

    private void monitor(Instance as) {
        monitorDue = false;
        long types = here.typeChanges();
        Duration limit = role.promoted() ? limits().promotedMonitor() : limits().monitor();
        perform(Phase.RUNNING, Operation.MONITOR, looking(as), limit, seen -> {
            Outcome outcome = hasRole(as) ? inRole(seen) : seen;
            if (serves(outcome)) {
                ignored = "";
                if (types == here.typeChanges()) {
                    here.trials().passed(name);
                }
                return;
            }
            if (here.lease().active() && types == here.typeChanges()) {
                if (here.trials().failed(name, describe(outcome))) {
                    log.info("{}: its monitor failed, which may be the fault of its type, which is on trial", name);
                    monitorDue = true;
                    later(TRIAL_LOOK);
                } else if (!(outcome instanceof Outcome.NotRunning) && onlyDemotes()) {
                    log.warn("{}: its monitor failed while it is promoted ({}): demoting it", name, describe(outcome));
                    failures.add(token, word(Operation.MONITOR), describe(outcome), false, "");
                    demote(as);
                } else {
                    failed(Operation.MONITOR, outcome, outcome == seen);
                }
            } else {
                monitorDue = true; // what it saw may be the guard's work, or its own bundle being replaced
            }
        });
    }

    /** As its document says what a failure leads to; the usual, to be stopped, is also what comes once it is not wanted here. */
    private void afterFailure(Optional<Grant> grant, boolean wanted) {
        boolean due = role.toGiveBack() && !role.provedUnpromoted(); // another waits for the right
        if (!wanted || failures.onFail().isEmpty() || (due && failures.onFail().equals(ON_FAIL_BLOCK))) {
            stop("it failed: " + failures.trouble());
        } else if (failures.onFail().equals(ON_FAIL_FENCE)) {
            here.expelSelf(
                    name + " failed (" + failures.trouble() + "), and then its node is to be fenced (on-fail: fence)");
        } else if (!failures.stillCount()) {
            become(Phase.UNKNOWN); // people say that it is mended
            unknown(grant, wanted);
        } else {
            role.giveBack();
        }
    }

    /** The same outcome, unless it serves in another role than it should. */
    private Outcome inRole(Outcome outcome) {
        if (role.promoted() && outcome instanceof Outcome.Ok) {
            return new Outcome.Failed("it is not promoted any more", false);
        }
        if (!role.promoted() && outcome instanceof Outcome.Promoted) {
            log.warn("{} runs promoted, which it was not told to be", name);
            role.is(Role.Known.PROMOTED); // it is demoted at once if it has no right
        }
        return outcome;
    }

    /** Whether a failure while it is promoted leads to no more than that it is demoted, and promoted again if its right remains. */
    private boolean onlyDemotes() {
        return role.promoted()
                && here.resource(name)
                        .map(resource -> resource.operations().get(MONITOR_PROMOTED))
                        .filter(said -> said.onFail().equals("demote"))
                        .isPresent();
    }

    private static boolean serves(Outcome outcome) {
        return outcome instanceof Outcome.Ok || outcome instanceof Outcome.Promoted;
    }

    /** What is known of its role by a monitor that found it serving. One that was started without a role may be anything. */
    private static Role.Known known(Instance as, Outcome outcome) {
        if (outcome instanceof Outcome.Promoted) {
            return Role.Known.PROMOTED;
        }
        return as.promotable() ? Role.Known.UNPROMOTED : Role.Known.UNKNOWN;
    }

    /** Whether it can be promoted, or there is anything about it that says so, whatever it was started as. */
    private boolean hasRole(Instance as) {
        return as.promotable() || role.promoted() || here.right(name).isPresent();
    }

    private void stop(String reason) {
        Optional<Instance> as = definition.or(this::present);
        boolean offered = as.isPresent() && offered(as.get());
        if (as.isPresent() && !offered && waitForType()) {
            return;
        }
        typeMissedSince = OptionalLong.empty();
        if (as.isEmpty() || !offered) {
            kill();
            return;
        }
        if (hasRole(as.get()) && role.demoteFirst()) {
            log.info("Demoting {} before its stop: {}", name, reason);
            perform(Phase.DEMOTING, Operation.DEMOTE, withNotes(as.get()), limits().demote(), outcome -> {
                if (outcome instanceof Outcome.Ok) {
                    log.info("{} is demoted", name);
                } else {
                    log.warn("Demoting {} did not succeed ({}): stopping it", name, describe(outcome));
                }
                role.stuck(); // in either case the proof is the stop
                stop(as.get(), reason);
            });
            return;
        }
        stop(as.get(), reason);
    }

    private void stop(Instance as, String reason) {
        log.info("Stopping {}: {}", name, reason);
        perform(Phase.STOPPING, Operation.STOP, withNotes(as), limits().stop(), outcome -> {
            if (outcome instanceof Outcome.Ok || outcome instanceof Outcome.NotRunning) {
                become(Phase.ABSENT);
            } else {
                log.warn("Stopping {} did not succeed ({}): killing it", name, describe(outcome));
                kill();
            }
        });
    }

    private boolean waitForType() {
        long now = here.loop().nanos();
        if (typeMissedSince.isEmpty()) {
            typeMissedSince = OptionalLong.of(now);
        }
        long left = TYPE_BACK.toNanos() - (now - typeMissedSince.getAsLong());
        if (left > 0) {
            later(Duration.ofNanos(left));
        }
        return left > 0;
    }

    /** Ends it without its type's help, if it can be: what runs in this process only its type can stop. */
    private void end(String reason) {
        if (inDaemon()) {
            stop(reason);
        } else {
            log.info("Killing {}: {}", name, reason);
            kill();
        }
    }

    private void kill() {
        under(
                Phase.KILLING,
                attempt(() -> here.operations().kill(name)),
                proved -> {
                    if (proved) {
                        become(Phase.ABSENT);
                    } else {
                        failures.orElse("it could not be stopped");
                        block(null);
                    }
                },
                this::block);
    }

    private void block(@Nullable Throwable cause) {
        if (blockedSince != token) { // once for each grant, not with each try
            blockedSince = token;
            log.error("{} cannot be proved stopped on this node; nothing else may run it until it is", name, cause);
        }
        become(Phase.BLOCKED);
        later(BLOCKED_RETRY);
    }

    private void blocked() {
        if (here.lease().strong()) {
            here.expelSelf(name + " cannot be proved stopped: the watchdog ends this node");
        }
        if (timer == null && inDaemon()) {
            stop("it could not be stopped before");
        } else if (timer == null) {
            kill(); // told once, not with each try
        }
    }

    /** The guard closed the gate: whatever ran here is being killed, and results that are still to come mean nothing. */
    void guarded() {
        if (phase == Phase.ABSENT) {
            return;
        }
        turn++;
        caughtInDaemon = inDaemon();
        disturbed |= busy; // it may go on once the gate is open again, after the guard's proof
        become(Phase.GUARDED);
    }

    /** Nothing on this node looks at it or touches it any more. */
    void freeze() {
        turn++;
        cancelTimer();
        endWatch();
        endMonitorTimer();
    }

    private void leaveAlone() {
        leftAlone = true;
        cancelTimer();
        endWatch();
        endMonitorTimer();
    }

    /** What serves in two roles is ignored only by a monitor of what runs: what comes before or after that proves something. */
    private void failed(Operation operation, Outcome outcome) {
        failed(operation, outcome, definition.filter(this::hasRole).isEmpty());
    }

    private void failed(Operation operation, Outcome outcome, boolean ignorable) {
        String reason = describe(outcome);
        boolean permanent = outcome instanceof Outcome.Failed failed && failed.permanent();
        String word = word(operation);
        String onFail = onFail(word);
        if (ignorable && onFail.equals(ON_FAIL_IGNORE)) {
            log.warn("{} of {} under token {} failed, which is ignored: {}", word, name, token, reason);
            become(Phase.RUNNING);
            ignored = word + " failed, which is ignored (on-fail: ignore): " + reason;
            return;
        }
        log.warn("{} of {} under token {} failed: {}", word, name, token, reason);
        failures.add(token, word, reason, permanent, onFail.equals(ON_FAIL_IGNORE) ? "" : onFail);
        become(Phase.FAILED);
    }

    /** By which name the document knows the operation now. */
    private String word(Operation operation) {
        boolean promoted = operation == Operation.MONITOR
                && role.promoted()
                && here.resource(name)
                        .filter(resource -> resource.operations().containsKey(MONITOR_PROMOTED))
                        .isPresent();
        return promoted ? MONITOR_PROMOTED : operation.word();
    }

    /** What a failure leads to here in place of a stop. */
    private String onFail(String operation) {
        return here.resource(name)
                .map(resource -> switch (operation) {
                    case "start" -> resource.start();
                    case "monitor" -> resource.monitor();
                    default -> resource.operations().getOrDefault(operation, OperationSetting.UNSET);
                })
                .map(OperationSetting::onFail)
                .filter(ON_FAIL::contains)
                .orElse("");
    }

    /** {@return whether a failure that still counts blocked it under an earlier daemon} */
    private boolean blockedBefore() {
        return here.failures(name)
                .filter(failure -> onFail(failure.operation()).equals(ON_FAIL_BLOCK))
                .isPresent();
    }

    /** {@return whether all know that it could not be stopped, which only the proof that it is may take back} */
    private boolean unstopped() {
        return here.reported(name, token, State.BLOCKED)
                && !failures.onFail().equals(ON_FAIL_BLOCK)
                && !blockedBefore();
    }

    // ---- what the ledger is told ----

    private void news(Optional<Grant> grant) {
        failures.record(grant);
        if (grant.isPresent() && grant.get().token() == token) {
            news(phase);
            switch (phase) {
                case RUNNING, PROMOTING -> role.news(true, "");
                case ABSENT, STARTING, FAILED, BLOCKED, GUARDED -> role.news(false, failures.trouble());
                case UNKNOWN, DEMOTING, STOPPING, KILLING -> {
                    // nothing that is certain
                }
            }
        }
    }

    private void news(Phase now) {
        Optional<Grant> grant = here.grant(name);
        if (grant.isEmpty() || grant.get().token() != token) {
            return;
        }
        if (grant.get().revoked() && now != Phase.BLOCKED) {
            return; // it is on its way out, and everybody knows
        }
        switch (now) {
            case RUNNING -> {
                if (here.lease().active()) {
                    String frozen = offeredOrFrozen();
                    here.report(grant.get(), State.ACTIVE, frozen.isEmpty() ? ignored : frozen);
                }
            }
            case FAILED -> {
                if (failures.onFail().equals(ON_FAIL_BLOCK)) {
                    here.report(
                            grant.get(),
                            State.BLOCKED,
                            failures.trouble() + "; nothing is done about it (on-fail: block): mend it on "
                                    + here.node() + ", then 'ha retry " + name + "'");
                } else if (!unstopped()) {
                    here.report(grant.get(), State.FAILED, failures.trouble());
                }
            }
            case BLOCKED -> here.report(grant.get(), State.BLOCKED, blockedDetail());
            case GUARDED -> {
                if (!here.reported(name, token, State.BLOCKED)) {
                    here.correct(grant.get(), State.STARTING, "the lease ended, so the guard stopped it");
                }
            }
            case STARTING -> here.correct(grant.get(), State.STARTING, failures.trouble());
            case ABSENT -> {
                if (failures.givenUp()) {
                    here.report(
                            grant.get(),
                            State.FAILED,
                            "given up on " + here.node() + " after " + failures.trouble(grant.get()));
                } else if (typeMissedSince.isPresent()) {
                    return; // said where it is waited for
                } else if (failures.stillCount()) {
                    here.report(grant.get(), State.FAILED, failures.trouble(grant.get()));
                } else {
                    here.correct(grant.get(), State.STARTING, "");
                }
            }
            case UNKNOWN, PROMOTING, DEMOTING, STOPPING, KILLING -> {
                // nothing that is certain
            }
        }
    }

    private String offeredOrFrozen() {
        return definition.isEmpty() || offered(definition.get())
                ? ""
                : "type " + definition.get().type()
                        + " is not on offer on this node now: left running and not monitored until it is back";
    }

    private String blockedDetail() {
        return failures.trouble() + "; it cannot be proved stopped on " + here.node()
                + (here.lease().strong()
                        ? ", so the node asks to be expelled"
                        : ": end its processes by hand, or switch the node off and run ha:confirm-fenced "
                                + here.node());
    }

    private static String describe(Outcome outcome) {
        if (outcome instanceof Outcome.Failed failed) {
            return failed.reason();
        }
        if (outcome instanceof Outcome.Unknown unknown) {
            return unknown.reason();
        }
        return outcome instanceof Outcome.NotRunning ? "it does not run" : "";
    }

    // ---- means ----

    private Optional<Instance> present() {
        return here.resource(name).map(resource -> instance(resource));
    }

    private Instance instance(Resource resource) {
        return new Instance(name, resource.type(), resource.parameters(), token, here.notes(name)).as(here.copy(name));
    }

    private Instance withNotes(Instance as) {
        return new Instance(
                name,
                as.type(),
                as.parameters(),
                token == 0 ? as.token() : token,
                here.notes(name),
                as.copy(),
                as.stopLimit(),
                role.token());
    }

    /** As a monitor is to see it: under its right only if it is promoted, for that is what a look is to find out. */
    private Instance looking(Instance as) {
        Instance under = withNotes(as);
        return role.promoted() ? under : under.unpromoted();
    }

    private boolean offered(Instance instance) {
        return here.operations().types().contains(instance.type());
    }

    private Limits limits() {
        configured = here.resource(name).or(() -> configured);
        Limits limits = Limits.of(configured, type);
        if (configured.isPresent()) {
            return limits;
        }
        // Taken out of the document before this daemon was there: what it was started with is all that says how long.
        return definition
                .flatMap(Instance::stopLimit)
                .map(limits::stoppingWithin)
                .orElse(limits);
    }

    /** {@return whether to wait until the type's time limits are known; asks for them} */
    private boolean undescribed(Optional<Grant> grant) {
        Optional<Instance> about = definition.or(this::present);
        if (about.isEmpty()
                || describedType.equals(about.get().type())
                || (grant.isEmpty() && phase == Phase.ABSENT)
                || !offered(about.get())) {
            return false;
        }
        busy = true;
        String asked = about.get().type();
        attempt(() -> here.operations().describe(asked)).whenComplete((description, failure) -> {
            busy = false;
            describedType = asked;
            type = failure == null && description.isPresent()
                    ? description
                    : type.filter(known -> known.name().equals(asked)); // where it runs is not forgotten with its type
            step();
        });
        return true;
    }

    /** What its type says of itself may have changed. */
    void typesChanged() {
        describedType = "";
    }

    private void perform(Phase during, Operation kind, Instance what, Duration limit, Consumer<Outcome> then) {
        under(
                during,
                attempt(() -> here.operations().perform(kind, what, limit)),
                then,
                failure -> then.accept(new Outcome.Unknown(
                        failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage())));
    }

    private static <T> CompletionStage<T> attempt(Supplier<CompletionStage<T>> begin) {
        try {
            return begin.get();
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private <T> void under(Phase during, CompletionStage<T> stage, Consumer<T> then, Consumer<Throwable> otherwise) {
        cancelTimer();
        if (during != Phase.RUNNING && during != Phase.UNKNOWN) {
            endWatch();
            endMonitorTimer();
        }
        phase = during;
        busy = true;
        here.inDaemonChanged();
        long mine = ++turn;
        stage.whenComplete((value, failure) -> {
            if (!here.closed()) {
                here.lookAtGuard(); // while busy: a closing since the operation began makes its result worthless
            }
            busy = false;
            if (here.closed()) {
                return;
            }
            if (mine != turn) {
                log.debug("{}: a late result ({}) of token {} is ignored", name, value, token);
            } else if (failure == null) {
                then.accept(value);
            } else {
                otherwise.accept(failure);
            }
            step();
        });
    }

    private void become(Phase next) {
        phase = next;
        cancelTimer();
        typeMissedSince = OptionalLong.empty();
        ignored = "";
        if (next != Phase.RUNNING) {
            endWatch();
            endMonitorTimer();
            monitorDue = false;
        } else {
            failures.serves();
        }
        if (next == Phase.ABSENT) {
            definition = Optional.empty();
            caughtInDaemon = false;
            role.is(Role.Known.UNPROMOTED); // nothing of it is left that could be promoted
        } else if (next == Phase.UNKNOWN) {
            role.is(Role.Known.UNKNOWN);
        }
        here.inDaemonChanged();
    }

    private void later(Duration delay) {
        if (timer == null) {
            timer = here.loop().schedule(delay, () -> {
                timer = null;
                step();
            });
        }
    }

    private void cancelTimer() {
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }

    private void endMonitorTimer() {
        if (monitorTimer != null) {
            monitorTimer.cancel();
            monitorTimer = null;
        }
    }

    private void endWatch() {
        if (watch != null) {
            watch.close();
            watch = null;
        }
    }

    @Override
    public String toString() {
        return name + " " + phase + (busy ? " (busy)" : "") + " token " + token;
    }

    String name() {
        return name;
    }
}
