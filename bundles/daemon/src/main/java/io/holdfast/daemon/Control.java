package io.holdfast.daemon;

import io.holdfast.api.cluster.ClusterControl;
import io.holdfast.api.cluster.ClusterException;
import io.holdfast.api.cluster.ClusterException.Kind;
import io.holdfast.config.Document;
import io.holdfast.model.ClusterState;
import io.holdfast.model.Command;
import io.holdfast.model.Grant;
import io.holdfast.model.InstanceRecord;
import io.holdfast.model.InstanceRecord.FailureRecord;
import io.holdfast.model.InstanceRecord.State;
import io.holdfast.model.Instances;
import io.holdfast.model.NodeRecord;
import io.holdfast.model.Result;
import io.holdfast.model.config.Configuration;
import io.holdfast.model.ledger.LedgerException;
import io.holdfast.model.ledger.ReplicatedLog;
import io.holdfast.model.ledger.ReplicatedLog.VoterChange;
import io.holdfast.planner.Explain;
import io.holdfast.planner.Simulation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Carries out what people ask of the cluster. Its methods may be called from any thread; it works on the loop. */
public final class Control implements ClusterControl, AutoCloseable {
    private static final Duration SHORTEST = Duration.ofMillis(10);
    /** An election takes well below this. */
    private static final Duration LEADERLESS = Duration.ofSeconds(5);

    private static final Duration LEADER_LOOK = Duration.ofMillis(250);
    private static final Duration LONGEST = Duration.ofMinutes(10);

    private final Site site;
    private final Steering steering;
    private final int port;
    private final Documents documents;
    private final FactsCollector facts;
    private final Awaiting awaiting;

    /**
     * Creates it.
     *
     * @param port the base port of a voter for which none is given
     */
    public Control(Site site, TypeDirectory types, Steering steering, int port) {
        this.site = site;
        this.steering = steering;
        this.port = port;
        documents = new Documents(site, types);
        facts = new FactsCollector(site);
        awaiting = new Awaiting(site);
    }

    @Override
    public void close() {
        awaiting.close();
    }

    // ---- the document ----

    @Override
    public CompletionStage<String> apply(String document, String name, String who, Duration limit) {
        return onLoop(() -> {
            long seen = site.log().state().revision();
            Configuration now = site.log().state().configuration();
            return documents
                    .parse(document, name)
                    .thenCompose(next -> documents
                            .validate(now, next)
                            .thenCompose(warnings -> beginAtNewestLevel(who, limit)
                                    .thenCompose(unused -> append(new Command.Apply(next, document, seen, who), limit))
                                    .thenApply(revision -> applied(revision, now, next, warnings))));
        });
    }

    /**
     * A cluster that never had a document has nothing that an older version knows better: it begins at the level that all its nodes
     * understand, if that can be said now.
     */
    private CompletionStage<Long> beginAtNewestLevel(String who, Duration limit) {
        ClusterState state = site.log().state();
        Command.RaiseLevel raise;
        try {
            raise = LevelStep.toMine(site, who);
        } catch (ClusterException olderOrSilent) {
            return CompletableFuture.completedFuture(0L);
        }
        if (state.revision() > 0 || raise.level() <= state.level().number()) {
            return CompletableFuture.completedFuture(0L);
        }
        return append(raise, limit).exceptionally(failure -> {
            ClusterException said = honest(failure);
            if (said.kind() == Kind.REFUSED) {
                return 0L; // a voter is not here, and what it understands is not known
            }
            throw said;
        });
    }

    private static String applied(long revision, Configuration now, Configuration next, List<String> warnings) {
        List<String> lines = new ArrayList<>();
        lines.add("Applied as revision " + revision + ".");
        lines.addAll(Document.diff(now, next));
        warnings.forEach(warning -> lines.add("Warning: " + warning));
        return String.join("\n", lines);
    }

    @Override
    public CompletionStage<String> diff(String document, String name) {
        return onLoop(() -> documents.parse(document, name).thenApply(next -> {
            List<String> lines = Document.diff(site.log().state().configuration(), next);
            return lines.isEmpty() ? "No difference." : String.join("\n", lines);
        }));
    }

    @Override
    public CompletionStage<String> explain(String resource) {
        return onLoop(() -> {
            known(resource);
            return CompletableFuture.completedFuture(Explain.text(facts.collect(), resource));
        });
    }

    @Override
    public CompletionStage<String> explain(String resource, long revision) {
        return onLoop(() -> {
            List<ClusterState.Revision> history = site.log().state().history();
            for (ClusterState.Revision kept : history) {
                if (kept.revision() == revision) {
                    return documents
                            .parse(kept.document(), "revision " + revision)
                            .thenApply(then -> Explain.under(facts.collect(), then, resource));
                }
            }
            throw unknown(
                    "revision " + revision + " of the cluster document",
                    "kept are: "
                            + listed(history.stream()
                                    .map(kept -> Long.toString(kept.revision()))
                                    .toList()));
        });
    }

    @Override
    public CompletionStage<String> simulate(List<String> failed, Optional<String> document) {
        return onLoop(() -> {
            for (String node : failed) {
                knownNode(node);
            }
            return document.isEmpty()
                    ? CompletableFuture.completedFuture(Simulation.text(facts.collect(), failed, Optional.empty()))
                    : documents
                            .parse(document.get(), "the document")
                            .thenApply(next -> Simulation.text(facts.collect(), failed, Optional.of(next)));
        });
    }

    // ---- resources ----

    @Override
    public CompletionStage<String> move(String resource, String node, boolean untilActive, String who, Duration limit) {
        return onLoop(() -> {
            known(resource);
            knownNode(node);
            long begun = site.loop().nanos();
            ClusterState before = site.log().state();
            String kept = resource + " is to run on " + node + " and stays there until 'ha unmove " + resource + "'.";
            return append(new Command.Move(resource, node, who), limit).thenCompose(index -> {
                if (!untilActive) {
                    return CompletableFuture.completedFuture(kept);
                }
                Duration left = limit.minusNanos(site.loop().nanos() - begun);
                return awaiting.until(
                        state -> activeOn(state, before, resource, node).map(active -> active + " " + kept),
                        left.isNegative() ? Duration.ZERO : left,
                        () -> new ClusterException(
                                Kind.UNKNOWN_OUTCOME,
                                resource + " is not active on " + node + " within " + seconds(limit)
                                        + ", and may still become so: the wish stays. "
                                        + Explain.text(facts.collect(), resource)));
            });
        });
    }

    /** {@return the good news, if every member is active there; throws when a member has failed there for good} */
    private static Optional<String> activeOn(ClusterState state, ClusterState before, String resource, String node) {
        for (String member : Instances.of(state).expand(resource)) {
            InstanceRecord record = state.instances().get(member);
            if (record == null || record.wanted().stopped()) {
                continue;
            }
            refuseIfHopeless(state, before, resource, member, node);
            Grant grant = state.grants().get(member);
            boolean active = grant != null
                    && grant.node().equals(node)
                    && !grant.revoked()
                    && record.report()
                            .filter(report -> report.token() == grant.token() && report.state() == State.ACTIVE)
                            .isPresent();
            if (!active) {
                return Optional.empty();
            }
        }
        return Optional.of(resource + " is active on " + node + ".");
    }

    private static Optional<FailureRecord> failure(ClusterState state, String member, String node) {
        return Optional.ofNullable(state.instances().get(member))
                .flatMap(record -> Optional.ofNullable(record.failures().get(node)));
    }

    private static void refuseIfHopeless(
            ClusterState state, ClusterState before, String resource, String member, String node) {
        Optional<FailureRecord> now = failure(state, member, node);
        if (now.isPresent() && !now.equals(failure(before, member, node)) && forbids(state, member, now.get())) {
            throw new ClusterException(
                    Kind.REFUSED,
                    member + " cannot run on " + node + ": " + now.get().operation() + " failed, "
                            + now.get().reason() + ". The wish stays; 'ha unmove " + resource
                            + "' takes it back, 'ha retry " + member + "' tries again");
        }
    }

    private static boolean forbids(ClusterState state, String member, FailureRecord failure) {
        int threshold = Instances.of(state)
                .definition(member)
                .map(state.configuration()::migrationThreshold)
                .orElse(0);
        return failure.permanent() || (threshold > 0 && failure.count() >= threshold);
    }

    @Override
    public CompletionStage<String> unmove(String resource, String who, Duration limit) {
        return wish(
                resource, new Command.Unmove(resource, who), resource + " may be wherever it is best again.", limit);
    }

    @Override
    public CompletionStage<String> start(String resource, String who, Duration limit) {
        return wish(resource, new Command.Start(resource, who), resource + " is to run.", limit);
    }

    @Override
    public CompletionStage<String> stop(String resource, String who, Duration limit) {
        return wish(
                resource,
                new Command.Stop(resource, who),
                resource + " is to stop and stays stopped until 'ha start " + resource + "'.",
                limit);
    }

    @Override
    public CompletionStage<String> retry(String resource, String who, Duration limit) {
        return wish(
                resource,
                new Command.Retry(resource, who),
                "The failures of " + resource + " are forgotten; it is tried again at once.",
                limit);
    }

    private CompletionStage<String> wish(String resource, Command command, String done, Duration limit) {
        return onLoop(() -> {
            known(resource);
            return append(command, limit).thenApply(index -> done);
        });
    }

    // ---- nodes ----

    @Override
    public CompletionStage<String> standby(String node, String who, Duration limit) {
        return onLoop(() -> {
            knownNode(node);
            return append(new Command.Standby(node, true, who), limit)
                    .thenApply(index ->
                            node + " is in standby: everything moves away from it, until 'ha online " + node + "'.");
        });
    }

    @Override
    public CompletionStage<String> online(String node, String who, Duration limit) {
        return onLoop(() -> {
            knownNode(node);
            return append(new Command.Standby(node, false, who), limit)
                    .thenApply(index -> node + " may run resources again.");
        });
    }

    @Override
    public CompletionStage<String> maintenance(boolean on, Optional<String> target, String who, Duration limit) {
        return onLoop(() -> append(new Command.Maintenance(target.orElse(""), on, who), limit)
                .thenApply(index -> target.orElse("The whole cluster")
                        + (on
                                ? " is in maintenance: nothing of it is started, stopped or monitored."
                                : " is looked after again.")));
    }

    @Override
    public CompletionStage<String> attribute(String node, String key, String value, String who, Duration limit) {
        return onLoop(() -> {
            knownNode(node);
            return append(new Command.Attribute(node, key, value, who), limit)
                    .thenApply(index -> value.isEmpty()
                            ? "Attribute " + key + " of " + node + " is removed."
                            : "Attribute " + key + " of " + node + " is " + value + ".");
        });
    }

    @Override
    public CompletionStage<String> announce(String severity, String text, Duration limit) {
        return onLoop(() -> append(new Command.Announce(site.node(), "", severity, text), limit)
                .thenApply(index -> "It is among the events."));
    }

    @Override
    public CompletionStage<String> fence(String node, String who, Duration limit) {
        return onLoop(() -> {
            knownNode(node);
            return steering.fence(node, who, limit);
        });
    }

    @Override
    public CompletionStage<String> confirmFenced(String node, String who, Duration limit) {
        return onLoop(() -> {
            knownNode(node);
            return steering.confirmFenced(node, who, limit);
        });
    }

    @Override
    public CompletionStage<String> voter(List<String> words, String who, Duration limit) {
        return onLoop(() -> {
            VoterChange change = voterChange(words);
            return site.log().change(change, bounded(limit)).handle((voters, failure) -> {
                if (failure != null) {
                    throw honest(failure);
                }
                return "Voters: " + String.join(", ", voters.voting()) + " (majority " + voters.majority() + ").";
            });
        });
    }

    private VoterChange voterChange(List<String> words) {
        if (words.size() == 2) {
            String what = words.get(1);
            int equals = what.indexOf('=');
            switch (words.get(0)) {
                case "add" -> {
                    if (equals > 0 && equals < what.length() - 1) {
                        return new VoterChange.Add(what.substring(0, equals), address(what.substring(equals + 1)));
                    }
                }
                case "remove" -> {
                    return new VoterChange.Remove(what);
                }
                case "replace" -> {
                    return new VoterChange.Replace(what);
                }
                default -> {
                    // said below
                }
            }
        }
        throw new ClusterException(
                Kind.REFUSED,
                "'voter " + String.join(" ", words)
                        + "' is not understood; it is: voter add NAME=ADDRESS[:PORT], voter remove NAME or voter replace NAME");
    }

    private String address(String given) {
        return given.matches(".*:\\d+") ? given : given + ":" + port;
    }

    @Override
    public CompletionStage<String> upgradeLevel(String who, Duration limit) {
        return onLoop(() -> {
            Command.RaiseLevel raise = LevelStep.toMine(site, who);
            int now = site.log().state().level().number();
            if (raise.level() <= now) {
                return CompletableFuture.completedFuture("The cluster works at functional level " + now
                        + ", which is the newest that " + site.node() + " understands.");
            }
            return append(raise, limit)
                    .thenApply(index -> "The cluster works at functional level " + raise.level()
                            + " from here on; a node needs Holdfast " + raise.version() + " or later.");
        });
    }

    // ---- this node ----

    @Override
    public CompletionStage<String> hold(Duration span, Duration limit) {
        return onLoop(() -> steering.hold(span, limit));
    }

    @Override
    public CompletionStage<String> release(Duration limit) {
        return onLoop(() -> steering.release(limit));
    }

    @Override
    public CompletionStage<String> leave(Duration limit) {
        return onLoop(() -> {
            long begun = site.loop().nanos();
            site.peers().tell(Peers.LEAVING, "true");
            CompletableFuture<String> leaderless = new CompletableFuture<>();
            watchForLeader(leaderless, begun);
            CompletionStage<String> emptied = awaiting.until(
                    state -> held(state).isEmpty() ? Optional.of("") : leftAlone(state),
                    limit,
                    () -> stillHolds(Kind.UNKNOWN_OUTCOME, "after " + seconds(limit)));
            emptied.whenComplete((unused, failure) -> complete(leaderless, "", failure));
            return leaderless
                    .thenCompose(unused -> {
                        Duration left = limit.minusNanos(site.loop().nanos() - begun);
                        return steering.leave(left.compareTo(SHORTEST) < 0 ? SHORTEST : left);
                    })
                    .whenComplete((left, failure) -> {
                        if (failure != null) {
                            site.peers().tell(Peers.LEAVING, "");
                        }
                    });
        });
    }

    /** Nothing can be moved away while nobody leads, and nobody should wait for that for long. */
    private void watchForLeader(CompletableFuture<String> leaving, long ledLast) {
        if (leaving.isDone()) {
            return;
        }
        long now = site.loop().nanos();
        long led = site.log().leadership().leader().isEmpty() ? ledLast : now;
        if (now - led > LEADERLESS.toNanos()) {
            leaving.completeExceptionally(
                    stillHolds(Kind.NO_QUORUM, "and there is no leader who could move that away"));
        } else {
            site.loop().schedule(LEADER_LOOK, () -> watchForLeader(leaving, led));
        }
    }

    private ClusterException stillHolds(Kind kind, String why) {
        return new ClusterException(
                kind,
                site.node() + " still holds " + listed(held(site.log().state())) + " " + why
                        + ", so it cannot leave cleanly; if it ends now, it is fenced and what it ran is taken over");
    }

    private static <T> void complete(CompletableFuture<T> future, T value, @Nullable Throwable failure) {
        if (failure == null) {
            future.complete(value);
        } else {
            future.completeExceptionally(failure);
        }
    }

    private List<String> held(ClusterState state) {
        long incarnation = site.peers().incarnation();
        return state.grants().values().stream()
                .filter(grant -> grant.node().equals(site.node()) && grant.incarnation() == incarnation)
                .map(Grant::instance)
                .toList();
    }

    private Optional<String> leftAlone(ClusterState state) {
        NodeRecord self = state.nodes().get(site.node());
        for (String instance : held(state)) {
            InstanceRecord record = state.instances().get(instance);
            if (state.maintenance()
                    || (self != null && self.maintenance())
                    || (record != null && record.wanted().maintenance())) {
                throw new ClusterException(
                        Kind.REFUSED,
                        instance + " runs on " + site.node()
                                + " and is under maintenance, so it is not moved away; 'ha maintenance off' first");
            }
        }
        return Optional.empty();
    }

    // ---- means ----

    private void known(String resource) {
        Configuration configuration = site.log().state().configuration();
        boolean known = !configuration.expand(resource).isEmpty()
                || Instances.of(site.log().state()).definition(resource).isPresent();
        if (!known) {
            TreeSet<String> names = new TreeSet<>(configuration.resources().keySet());
            names.addAll(configuration.groups().keySet());
            names.addAll(configuration.clones().keySet());
            throw unknown(
                    "resource or group " + resource,
                    names.isEmpty() ? "the cluster document has none" : "there are: " + listed(names));
        }
    }

    private void knownNode(String node) {
        if (!site.log().state().nodes().containsKey(node)) {
            throw unknown(
                    "node " + node,
                    "there are: " + listed(new TreeMap<>(site.log().state().nodes()).navigableKeySet()));
        }
    }

    /** Without a leader what this node knows may be old, or nothing. */
    private ClusterException unknown(String what, String known) {
        return site.log().leadership().leader().isEmpty()
                ? new ClusterException(
                        Kind.NO_QUORUM,
                        site.node() + " hears no leader, and what it knows has no " + what
                                + "; 'ha status' says what is wrong")
                : new ClusterException(Kind.REFUSED, "There is no " + what + "; " + known);
    }

    private static String listed(Iterable<String> names) {
        List<String> first = new ArrayList<>();
        for (String name : names) {
            if (first.size() == 20) {
                first.add("...");
                break;
            }
            first.add(name);
        }
        return String.join(", ", first);
    }

    private static String seconds(Duration limit) {
        return limit.toMillis() % 1000 == 0 ? limit.toSeconds() + " s" : limit.toMillis() + " ms";
    }

    private static Duration bounded(Duration limit) {
        if (limit.compareTo(SHORTEST) < 0) {
            return SHORTEST;
        }
        return limit.compareTo(LONGEST) > 0 ? LONGEST : limit;
    }

    /** {@return completes with what the command gave; fails with a ClusterException that says how it ended} */
    private CompletionStage<Long> append(Command command, Duration limit) {
        return site.log().append(command, bounded(limit)).handle((appended, failure) -> {
            if (failure != null) {
                throw honest(failure);
            }
            if (appended.result() instanceof Result.Refused refused) {
                throw new ClusterException(Kind.REFUSED, refused.reason());
            }
            return ((Result.Done) appended.result()).value();
        });
    }

    private ClusterException honest(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (cause instanceof ClusterException known) {
            return known;
        }
        ReplicatedLog.Health health = site.log().health();
        String remedy = health.well() ? "" : " " + health.problem() + " " + health.remedy();
        if (cause instanceof LedgerException ledger && ledger.kind() == LedgerException.Kind.REFUSED) {
            return new ClusterException(Kind.REFUSED, "Refused: " + ledger.getMessage());
        }
        if (cause instanceof LedgerException ledger && ledger.kind() == LedgerException.Kind.NOT_DONE) {
            return new ClusterException(
                    Kind.NO_QUORUM, "Not done, and it will not be: " + ledger.getMessage() + remedy);
        }
        return new ClusterException(
                Kind.UNKNOWN_OUTCOME,
                "It may still take effect: " + cause.getMessage() + "; look with 'ha status'" + remedy);
    }

    private CompletionStage<String> onLoop(Supplier<CompletionStage<String>> work) {
        CompletableFuture<String> done = new CompletableFuture<>();
        site.loop().execute(() -> {
            try {
                work.get()
                        .whenComplete(
                                (text, failure) -> complete(done, text, failure == null ? null : honest(failure)));
            } catch (ClusterException e) {
                done.completeExceptionally(e);
            } catch (RuntimeException e) {
                done.completeExceptionally(honest(e));
            }
        });
        return done;
    }
}
