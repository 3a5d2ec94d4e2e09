package io.holdfast.ledger;

import io.holdfast.api.runtime.Loop;
import io.holdfast.api.runtime.NodeSettings;
import io.holdfast.api.runtime.Voter;
import io.holdfast.api.transport.Registration;
import io.holdfast.api.transport.Transport;
import io.holdfast.model.Command;
import io.holdfast.model.ledger.History;
import io.holdfast.model.ledger.ReplicatedLog.Health;
import io.holdfast.model.ledger.ReplicatedLog.Solitude;
import io.holdfast.model.ledger.ReplicatedLog.Voters;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.ratis.proto.RaftProtos.RaftPeerRole;
import org.apache.ratis.protocol.RaftPeer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens, watches, closes and resets the log of this node, and decides whether what is on its disk may be used.
 *
 * <p>Files and Ratis' life cycle are touched on one thread of its own, one step after the other; everything else happens on the loop.
 */
final class Keeper {
    private static final Logger log = LoggerFactory.getLogger(Keeper.class);

    private static final Duration ROUND = Duration.ofMillis(300);
    private static final Duration ANSWER = Duration.ofSeconds(1);
    private static final Duration ADMISSION = Duration.ofSeconds(1);
    private static final Duration SILENCE = Duration.ofSeconds(3);
    private static final Duration GRACE = Duration.ofSeconds(60);
    private static final Duration REOPEN = Duration.ofMillis(200);
    private static final Duration REOPEN_MOST = Duration.ofSeconds(5);
    private static final Duration STOP = Duration.ofSeconds(10);
    private static final int MOST_CALLS = 64;

    /** A candidate asks for votes in each turn of its election; after so many without it is looked at closely. */
    private static final int ELECTION_TURNS = 3;

    private static final int PROBE_BYTES = 256 << 10;

    /** The role that the log of this node has once it is open. */
    private enum Phase {
        OPENING,
        ASKING,
        SERVING,
        /** Not to be used until a person has done something. */
        REFUSED,
        CLOSED
    }

    /**
     * What successive looks saw of an election.
     *
     * @param asked the votes that the engine had asked for
     * @param looks how many in a row saw it as a candidate that had asked for no more
     */
    private record Standing(long asked, int looks) {
        static final Standing NONE = new Standing(0, 0);

        Standing next(Engine engine) {
            if (!engine.isCandidate()) {
                return NONE;
            }
            long now = engine.asked();
            return new Standing(now, asked == now ? looks + 1 : 0);
        }
    }

    private final NodeSettings settings;
    private final String node;
    private final Transport transport;
    private final Loop loop;
    private final Path folder;
    private final Path identityFile;
    private final Path nextFolder;
    private final Model model;
    private final Tuning tuning;
    private final UUID session;
    private final RatisLedger ledger;
    private final Machine.Listener relay;
    private final Greeting greeting;
    private final ThreadPoolExecutor thread;
    private final ThreadPoolExecutor pool;

    private volatile @Nullable Engine engineNow;

    /** Which log this is; written on the keeper's thread when it is on disk. */
    private volatile History history;

    // On the keeper's thread only
    private @Nullable Engine engine;
    private @Nullable Identity identity;

    // On the loop only
    private Phase phase = Phase.OPENING;
    private Identity.Role role = Identity.Role.READER;
    private long openedAt;
    private long graceUntil = Long.MIN_VALUE;
    private long nextAdmission = Long.MIN_VALUE;
    private long nextStepDown = Long.MIN_VALUE;
    private int admissionTurn;
    private Standing standing = Standing.NONE;
    private Duration reopenPause = REOPEN;
    private boolean reopening;
    private long leaderSeen = Long.MIN_VALUE;
    private long nextHistories = Long.MIN_VALUE;
    private String news = "";

    /** Counts what closes or opens the log, each of which makes the openings before it void. Any thread. */
    private final AtomicInteger turns = new AtomicInteger();

    Keeper(
            NodeSettings settings,
            Transport transport,
            Loop loop,
            Path folder,
            Model model,
            Tuning tuning,
            UUID session,
            RatisLedger ledger,
            Machine.Listener relay) {
        this.settings = settings;
        this.node = settings.node();
        this.transport = transport;
        this.loop = loop;
        this.folder = folder;
        this.identityFile = folder.resolveSibling(folder.getFileName() + ".identity");
        this.nextFolder = folder.resolveSibling(folder.getFileName() + ".next");
        this.history = History.first(groupOf(settings.cluster()).toString());
        this.model = model;
        this.tuning = tuning;
        this.session = session;
        this.ledger = ledger;
        this.relay = relay;
        this.greeting = new Greeting(this, ledger, settings, transport, loop);
        this.thread = new ThreadPoolExecutor(
                1, 1, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), threads("ledger-" + node + "-keeper"));
        this.thread.allowCoreThreadTimeOut(true);
        this.pool = new ThreadPoolExecutor(
                0, MOST_CALLS, 10, TimeUnit.SECONDS, new SynchronousQueue<>(), threads("ledger-" + node + "-call"));
    }

    /** {@return the group that the voters of a cluster form} */
    static UUID groupOf(String cluster) {
        return UUID.nameUUIDFromBytes(("holdfast:" + cluster).getBytes(StandardCharsets.UTF_8));
    }

    private static ThreadFactory threads(String name) {
        AtomicInteger number = new AtomicInteger();
        return task -> {
            Thread made = new Thread(task, name + "-" + number.incrementAndGet());
            made.setDaemon(true);
            made.setContextClassLoader(org.apache.ratis.server.RaftServer.class.getClassLoader());
            return made;
        };
    }

    List<Registration> serve() {
        return greeting.serve();
    }

    // Opening, on the keeper's thread

    void open() {
        submitPrepare();
    }

    private void submitPrepare() {
        int turn = turns.incrementAndGet();
        submit(() -> prepare(turn));
    }

    private void submit(Runnable work) {
        try {
            thread.execute(work);
        } catch (RuntimeException e) {
            log.debug("The ledger of {} is closed", node);
        }
    }

    private void prepare(int turn) {
        try {
            Optional<Identity> known = Identity.load(identityFile);
            if (known.isPresent()) {
                refuseOther(known.get());
                history = known.get().history();
                settle();
            }
            boolean stored = stored();
            refuseForeign();
            if (known.isEmpty()) {
                if (stored) {
                    throw Refusal.replace(
                            node,
                            identityFile + " is missing beside the log in " + folder + ": the log may be an old copy");
                }
                if (settings.votes()) {
                    ask(turn);
                } else {
                    openAs(fresh(Identity.Role.READER), turn);
                }
                return;
            }
            Identity before = known.get();
            if (before.role() != Identity.Role.READER && !stored) {
                if (before.begun() || before.role() == Identity.Role.JOINING) {
                    throw Refusal.replace(
                            node,
                            "the log of this voter is gone: " + folder + " is empty, though " + identityFile
                                    + " says that there was one");
                }
                ask(turn);
            } else {
                openAs(before, turn);
            }
        } catch (Refusal e) {
            refused(e);
        } catch (IOException e) {
            refused(diskFailure(e));
        }
    }

    private void ask(int turn) {
        loop.execute(() -> {
            if (turn == turns.get()) {
                phase = Phase.ASKING;
                greeting.ask();
            }
        });
    }

    /** What {@link Greeting} found out: this node may vote, or only listen. On the loop. */
    void admitted(Identity.Role as) {
        phase = Phase.OPENING;
        int turn = turns.incrementAndGet();
        submit(() -> {
            try {
                openAs(fresh(as), turn);
            } catch (Refusal e) {
                refused(e);
            } catch (IOException e) {
                refused(diskFailure(e));
            }
        });
    }

    private Identity fresh(Identity.Role as) {
        return new Identity(settings.cluster(), history, node, as, false);
    }

    private boolean stored() {
        return Files.isDirectory(groupFolder().resolve("current"));
    }

    private Path groupFolder() {
        return folder.resolve(history.id());
    }

    private void refuseForeign() throws IOException, Refusal {
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (var entries = Files.newDirectoryStream(folder)) {
            for (Path entry : entries) {
                String name = String.valueOf(entry.getFileName());
                if (Files.isDirectory(entry) && name.length() == history.id().length() && !name.equals(history.id())) {
                    throw new Refusal(
                            Refusal.Cure.NONE,
                            entry + " is the log of another cluster than `" + settings.cluster() + "`",
                            "set `cluster` to the name that this node had, or use another base folder");
                }
            }
        }
    }

    private void refuseOther(Identity before) throws Refusal {
        if (!before.cluster().equals(settings.cluster()) || !before.node().equals(node)) {
            throw new Refusal(
                    Refusal.Cure.NONE,
                    folder + " belongs to node `" + before.node() + "` of cluster `" + before.cluster()
                            + "`, and this is node `" + node + "` of cluster `" + settings.cluster() + "`",
                    "set `node` and `cluster` back, or use another base folder");
        }
    }

    private void openAs(Identity as, int turn) throws IOException, Refusal {
        if (engine != null) {
            return;
        }
        as.save(identityFile); // before the log: a log without it is not trusted
        identity = as;
        Files.createDirectories(folder);
        if (stored()) {
            removeUnfinishedSnapshots();
            LogCheck.removeReplaced(
                    groupFolder().resolve("current"), groupFolder().resolve("sm"));
            LogCheck.check(node, groupFolder().resolve("current"));
            Disk.forceTree(groupFolder()); // what a killed process wrote may not be on disk yet
        }
        List<RaftPeer> voters = firstVoters(as);
        Voters first = new Voters(
                voters.isEmpty() ? -1 : 0,
                voters.stream().map(peer -> peer.getId().toString()).sorted().toList(),
                List.of());
        // A log that is there already says itself who votes.
        Voters known = as.begun() ? new Voters(-1, List.of(), List.of()) : first;
        Machine machine = new Machine(model, session, known, tuning, relay);
        Engine opened;
        try {
            opened = new Engine(as.group(), voters, transport, pool, folder, tuning, machine, this::logFailed);
        } catch (IOException e) {
            throw unusable(e);
        }
        engine = opened;
        if (!as.begun()) {
            identity = as.as(as.role(), true);
            identity.save(identityFile);
            Disk.force(folder);
        }
        Identity.Role now = as.role();
        loop.execute(() -> {
            if (turn != turns.get()) {
                return; // it is being closed again
            }
            phase = Phase.SERVING;
            role = now;
            openedAt = loop.nanos();
            standing = Standing.NONE;
            reopening = false;
            ledger.setVoters(known);
            ledger.opened(opened);
            look();
        });
    }

    /** A crash between a snapshot and its digest leaves one that must not be read; the log behind it is still there. */
    private void removeUnfinishedSnapshots() throws IOException {
        Path snapshots = groupFolder().resolve("sm");
        if (!Files.isDirectory(snapshots)) {
            return;
        }
        List<Path> unfinished = new ArrayList<>();
        try (var files = Files.newDirectoryStream(snapshots)) {
            for (Path file : files) {
                String name = String.valueOf(file.getFileName());
                boolean whole = name.endsWith(".md5") || Files.exists(file.resolveSibling(name + ".md5"));
                if (!whole && Files.isRegularFile(file)) {
                    unfinished.add(file);
                }
            }
        }
        for (Path file : unfinished) {
            Files.delete(file);
        }
    }

    /** The configured voters, for a voter that may know no others yet; later ones stand in the log. */
    private List<RaftPeer> firstVoters(Identity as) {
        if (as.role() != Identity.Role.VOTER || !settings.votes()) {
            return List.of();
        }
        return settings.voters().stream().map(Keeper::peer).toList();
    }

    private static RaftPeer peer(Voter voter) {
        return RaftPeer.newBuilder()
                .setId(voter.name())
                .setAddress(voter.address() + ":" + voter.port())
                .build();
    }

    private Refusal unusable(IOException e) {
        String why = deepest(e);
        if (chain(e).contains("already locked")) {
            return new Refusal(
                    Refusal.Cure.RETRY,
                    "the log in " + folder + " is in use by another process",
                    "stop the other daemon that uses this base folder");
        }
        if (mayPass(e)) {
            return diskFailure(e);
        }
        return Refusal.replace(node, "the log in " + folder + " is corrupt and was not opened: " + why);
    }

    private Refusal diskFailure(Throwable e) {
        boolean passes = mayPass(e);
        return new Refusal(
                passes ? Refusal.Cure.RETRY : Refusal.Cure.NONE,
                "the log in " + folder + " cannot be written: " + deepest(e),
                passes
                        ? "make room, make it writable, or let the node open more files; it then takes part again by itself"
                        : "check the disk and restart the daemon; if the log was damaged, run `ha:voter replace " + node
                                + "` on a node that is well");
    }

    /** Errors after which nothing acknowledged can be missing; after others the page cache may pretend what is not on disk. */
    private static boolean mayPass(Throwable e) {
        String all = chain(e);
        return Stream.of("No space left", "quota exceeded", "Read-only file system", "Too many open files")
                .anyMatch(all::contains);
    }

    private static String chain(Throwable e) {
        StringBuilder all = new StringBuilder();
        for (Throwable t = e; t != null; t = t.getCause()) {
            all.append(t).append('\n');
        }
        return all.toString();
    }

    private static String deepest(Throwable e) {
        Throwable t = e;
        while (t.getCause() != null) {
            t = t.getCause();
        }
        return t.getMessage() == null ? t.toString() : t.getClass().getSimpleName() + ": " + t.getMessage();
    }

    // Trouble

    /** Any thread. */
    void refused(Refusal refusal) {
        loop.execute(() -> {
            if (phase == Phase.CLOSED || phase == Phase.REFUSED) {
                return;
            }
            phase = Phase.REFUSED;
            turns.incrementAndGet();
            ledger.lost();
            ledger.setHealth(refusal.health());
            if (refusal.cure() == Refusal.Cure.RETRY) {
                loop.schedule(tuning.repairPause(), this::openAgain);
            }
        });
        submit(this::closeEngine);
    }

    private void openAgain() {
        if (phase == Phase.REFUSED) {
            int turn = turns.incrementAndGet();
            submit(() -> {
                try {
                    probe();
                } catch (IOException e) {
                    loop.execute(() -> loop.schedule(tuning.repairPause(), this::openAgain));
                    return;
                }
                loop.execute(() -> {
                    if (turn == turns.get()) {
                        phase = Phase.OPENING;
                    }
                });
                prepare(turn);
            });
        }
    }

    private void probe() throws IOException {
        Files.createDirectories(folder);
        Path file = folder.resolve("probe");
        try {
            Disk.write(file, new byte[PROBE_BYTES]);
        } finally {
            Files.deleteIfExists(file);
        }
    }

    /** Any thread of Ratis'. */
    void logFailed(Throwable cause) {
        log.error("The log of {} could not be written", node, cause);
        Engine failed = engineNow;
        if (failed != null) {
            failed.fail();
        }
        loop.execute(() -> {
            if (phase == Phase.SERVING && !reopening) {
                refused(diskFailure(cause));
            }
        });
    }

    /** Any thread of Ratis'. */
    void newer(String what) {
        refused(Refusal.tooOld(
                "the log was written by a newer version of Holdfast: " + what,
                "install the newer version on this node; nothing was changed"));
    }

    // Watching, on the loop

    /** Looks after the log; called with each tick. */
    void look() {
        Engine here = ledger.engine();
        engineNow = here;
        if (phase != Phase.SERVING || here == null || reopening) {
            return;
        }
        Engine.Look seen = here.look();
        if (here.isFailed()) {
            return; // being taken care of
        }
        if (!seen.alive()) {
            closedByRatis();
            return;
        }
        if (seen.alone() && loop.nanos() >= nextStepDown) {
            nextStepDown = loop.nanos() + ADMISSION.toNanos();
            log.info("{} lost its majority and gives up the lead", node);
            here.stepDown();
        }
        if (electionDied(here)) {
            log.warn("{} stands for election and asks nobody for a vote; its log is opened again", node);
            reopen("its election had ended with an error");
            return;
        }
        lookForHistories();
        tellNews();
        boolean votes = here.has(RaftPeerRole.FOLLOWER, node);
        boolean listens = here.has(RaftPeerRole.LISTENER, node);
        if (listens && !votes && !seen.running()) {
            reopen("a node that was added as a listener is complete only when its log was opened again");
            return;
        }
        if (votes && !seen.running() && seen.silence().compareTo(SILENCE) >= 0) {
            doubtMembership(here);
        } else if (votes || (listens && seen.silence().compareTo(SILENCE) < 0)) {
            ledger.setHealth(Health.WELL);
            reopenPause = loop.nanos() - openedAt > GRACE.toNanos() ? REOPEN : reopenPause;
        } else {
            seekAdmission(listens);
        }
        if (here.machine().wantsSnapshot()) {
            here.snapshot();
        }
    }

    /**
     * An error in an election, such as a term that cannot be noted, ends Ratis' thread for it, and the server stays a candidate that
     * does nothing. Looks are counted, not time: a node that was stopped has not looked. One that waits for its disk is not dead, and
     * must not note its vote beside the next engine.
     */
    private boolean electionDied(Engine here) {
        standing = standing.next(here);
        return standing.looks() > ELECTION_TURNS * tuning.rpcMax().dividedBy(tuning.poll()) && !here.electionRuns();
    }

    /**
     * The log ends in the first half of a change of voters that may have been the removal of this node. It votes and stands for nothing
     * until it knows the second, and if it was removed nobody sends it that.
     */
    private void doubtMembership(Engine here) {
        ledger.setHealth(new Health(
                false,
                "no leader sends this node the end of a change of voters",
                "a majority of the voters must be up and reach this node"));
        long now = loop.nanos();
        if (now < nextAdmission || now < graceUntil) {
            return;
        }
        nextAdmission = now + ADMISSION.toNanos();
        greeting.stillMember()
                .thenAccept(member -> loop.execute(() -> {
                    if (!member && phase == Phase.SERVING && !reopening && ledger.engine() == here) {
                        log.info("This node was removed from the voters while it could not hear of it");
                        reset(false);
                    }
                }));
    }

    private void seekAdmission(boolean listens) {
        long now = loop.nanos();
        ledger.setHealth(new Health(
                false,
                listens ? "no leader sends this node the log" : "this node was not admitted to the log yet",
                "a majority of the voters must be up and reach this node"));
        if (now < nextAdmission || now < graceUntil) {
            return;
        }
        nextAdmission = now + ADMISSION.toNanos();
        greeting.seekAdmission(admissionTurn++);
    }

    /** The node's part in the log changed, by an applied entry. */
    void memberOf(Voters voters) {
        boolean votes = voters.voting().contains(node);
        Identity.Role now =
                votes ? Identity.Role.VOTER : voters.listening().contains(node) ? Identity.Role.READER : role;
        if (now != role) {
            role = now;
            submit(() -> {
                try {
                    if (identity != null) {
                        identity = identity.as(now, true);
                        identity.save(identityFile);
                    }
                } catch (IOException e) {
                    refused(diskFailure(e));
                }
            });
        }
    }

    /** Ratis closes a server that is no voter any more, and one that fails in a way of its own. */
    private void closedByRatis() {
        Voters voters = ledger.voters();
        if (voters.index() >= 0
                && !voters.voting().contains(node)
                && !voters.listening().contains(node)) {
            log.info("This node is no voter any more");
            reset(false);
            return;
        }
        reopening = true;
        turns.incrementAndGet();
        ledger.lost();
        submit(this::closeEngine);
        greeting.stillMember()
                .thenAccept(member -> loop.execute(() -> {
                    if (phase != Phase.SERVING || !reopening) {
                        return;
                    }
                    if (member) {
                        reopen("it was closed");
                    } else {
                        log.info("This node was removed from the voters while it could not hear of it");
                        reset(false);
                    }
                }));
    }

    private void reopen(String why) {
        reopening = true;
        turns.incrementAndGet();
        ledger.lost();
        log.debug("Opening the log of {} again: {}", node, why);
        submit(this::closeEngine);
        Duration pause = reopenPause;
        reopenPause = pause.multipliedBy(2).compareTo(REOPEN_MOST) < 0 ? pause.multipliedBy(2) : REOPEN_MOST;
        loop.schedule(pause.equals(REOPEN) ? Duration.ZERO : pause, () -> {
            if (phase == Phase.SERVING && reopening) {
                phase = Phase.OPENING;
                submitPrepare();
            }
        });
    }

    /**
     * Forgets the log of this node, which is no voter, and begins anew as one that listens. On the loop.
     *
     * @param toVote it is about to be made a voter: it does not ask for anything itself for a while
     */
    CompletableFuture<Void> reset(boolean toVote) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        phase = Phase.OPENING;
        reopening = false;
        int turn = turns.incrementAndGet();
        graceUntil = toVote ? loop.nanos() + GRACE.toNanos() : Long.MIN_VALUE;
        ledger.lost();
        ledger.setHealth(new Health(false, "the log of this node is being made anew", ""));
        submit(() -> {
            try {
                closeEngine();
                Path old = folder.resolveSibling(folder.getFileName() + ".old");
                Identity next = fresh(toVote ? Identity.Role.JOINING : Identity.Role.READER);
                next.save(identityFile);
                if (Files.exists(folder)) {
                    Disk.deleteTree(old);
                    Files.move(folder, old, StandardCopyOption.ATOMIC_MOVE);
                }
                openAs(next, turn);
                done.complete(null);
            } catch (Refusal e) {
                refused(e);
                done.completeExceptionally(e);
            } catch (IOException e) {
                refused(diskFailure(e));
                done.completeExceptionally(e);
            }
        });
        return done;
    }

    // Going on alone, and giving way to who did

    History history() {
        return history;
    }

    /** Finishes what a crash left of a new history, and puts aside what is of an earlier one. On the keeper's thread. */
    private void settle() throws IOException {
        boolean staged = Files.isDirectory(nextFolder.resolve(history.id()));
        if (history.epoch() > 0 && Files.isDirectory(folder) && !stored() && (staged || holdsOther())) {
            Path aside = aside(history);
            Disk.deleteTree(aside);
            Files.move(folder, aside, StandardCopyOption.ATOMIC_MOVE);
        }
        if (staged && !stored()) {
            Disk.deleteTree(folder); // nothing is in it
            Files.move(nextFolder, folder, StandardCopyOption.ATOMIC_MOVE);
        } else {
            Disk.deleteTree(nextFolder); // never came to be
        }
        Path parent = folder.toAbsolutePath().getParent();
        if (parent != null && Files.isDirectory(parent)) {
            Disk.force(parent);
        }
    }

    private boolean holdsOther() throws IOException {
        try (var entries = Files.newDirectoryStream(folder)) {
            for (Path entry : entries) {
                if (Files.isDirectory(entry.resolve("current"))) {
                    return true;
                }
            }
        }
        return false;
    }

    /** {@return where the log is kept that {@code newer} replaced here} */
    private Path aside(History newer) {
        return folder.resolveSibling(folder.getFileName() + ".before-" + newer.epoch());
    }

    /**
     * Makes this node the only voter in a new history. On the loop.
     *
     * @param seen fails if the peer was heard since
     */
    CompletableFuture<Void> goAlone(Solitude seen, String why) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        phase = Phase.OPENING;
        reopening = false;
        int turn = turns.incrementAndGet();
        ledger.lost();
        ledger.setHealth(new Health(false, "this node is about to go on without " + seen.peer(), ""));
        submit(() -> {
            Engine closing = engine;
            closeEngine(); // from here on nothing can be decided in the old history
            Identity before = identity;
            boolean begun = false;
            try {
                if (before == null || closing == null || closing.contacts() != seen.contact()) {
                    throw new IOException(seen.peer() + " was heard meanwhile");
                }
                History next = history.next(UUID.randomUUID().toString());
                Fork.write(node, groupFolder(), nextFolder.resolve(next.id()), self());
                Disk.force(nextFolder);
                Identity alone = before.in(next, Identity.Role.VOTER, true);
                begun = true;
                alone.save(identityFile); // now it is so, whatever happens
                history = next;
                settle();
                openAs(alone, turn);
                log.warn("{} goes on without {} (epoch {}): {}", node, seen.peer(), next.epoch(), why);
                loop.execute(() -> done.complete(null));
            } catch (Refusal e) {
                refused(e);
                loop.execute(() -> done.completeExceptionally(e));
            } catch (IOException e) {
                if (begun) {
                    refused(diskFailure(e));
                } else {
                    prepare(turn);
                }
                loop.execute(() -> done.completeExceptionally(e));
            }
        });
        return done;
    }

    private RaftPeer self() {
        return RaftPeer.newBuilder()
                .setId(node)
                .setAddress(settings.bind() + ":" + settings.port())
                .build();
    }

    /** While nobody leads here, another node may know of a later history. */
    private void lookForHistories() {
        long now = loop.nanos();
        if (!ledger.leadership().leader().isEmpty()) {
            leaderSeen = now;
            return;
        }
        if (leaderSeen == Long.MIN_VALUE) {
            leaderSeen = now;
        }
        boolean patient = now - leaderSeen < ADMISSION.toNanos() && !ledger.holds();
        if (patient || now < nextHistories) {
            return;
        }
        nextHistories = now + ADMISSION.toNanos();
        greeting.askHistories((from, answer) -> {
            if (phase != Phase.SERVING || !ledger.leadership().leader().isEmpty()) {
                return;
            }
            History mine = history;
            Optional<History> theirs = answer.history();
            if (theirs.filter(other -> mine.yieldsTo(other, answer.serves())).isPresent()) {
                if (theirs.get().goesOnFrom(mine) || !ledger.mayRun()) { // where they parted the other goes on then
                    adopt(theirs.get(), from);
                }
            } else if (theirs.filter(mine::partedFrom).isEmpty()) {
                ledger.notAhead(from);
            }
        });
    }

    /** Takes over the history of a node that went on without this one; what is here is kept aside. On the loop. */
    private void adopt(History theirs, String from) {
        History mine = history;
        phase = Phase.OPENING;
        reopening = false;
        int turn = turns.incrementAndGet();
        ledger.lost();
        ledger.forget(!theirs.goesOnFrom(mine));
        ledger.setHealth(new Health(false, "this node takes over what " + from + " decided without it", ""));
        submit(() -> {
            closeEngine();
            try {
                Identity next = new Identity(settings.cluster(), theirs, node, Identity.Role.READER, false);
                next.save(identityFile);
                history = theirs;
                settle();
                String text = node + " took over what " + from + " decided without it (epoch " + theirs.epoch()
                        + "); its own log of before is kept in " + aside(theirs);
                log.warn("{}", text);
                loop.execute(() -> news = text);
                openAs(next, turn);
            } catch (Refusal e) {
                refused(e);
            } catch (IOException e) {
                refused(diskFailure(e));
            }
        });
    }

    private void tellNews() {
        if (!news.isEmpty() && !ledger.leadership().leader().isEmpty()) {
            String text = news;
            news = "";
            ledger.append(new Command.Announce(node, "", "warn", text), GRACE).exceptionally(failure -> {
                news = text;
                return null;
            });
        }
    }

    /** {@return the history of this node's log, empty if it has none that counts} On the loop. */
    Optional<History> historyToTell() {
        return phase == Phase.ASKING ? Optional.empty() : Optional.of(history);
    }

    /** {@return whether it is certain which history this node's log has} On the loop. */
    boolean knowsHistory() {
        return phase == Phase.ASKING || phase == Phase.SERVING;
    }

    /** {@return whether the node is the other of two voters, and one of them went on alone once} */
    boolean goneOnWithout(String other) {
        return history.epoch() > 0 && other.equals(otherOfTwo());
    }

    /** {@return the address of a configured voter} */
    String configured(String voter) {
        return settings.voters().stream()
                .filter(one -> one.name().equals(voter))
                .map(one -> one.address() + ":" + one.port())
                .findFirst()
                .orElse("");
    }

    /** {@return the other one if two voters are configured, else empty} */
    String otherOfTwo() {
        return settings.voters().size() == 2 && settings.votes()
                ? settings.voters().stream()
                        .map(Voter::name)
                        .filter(name -> !name.equals(node))
                        .findFirst()
                        .orElse("")
                : "";
    }

    /** {@return whether this node never had a log, or is only now to get one} On the loop. */
    boolean isFresh() {
        Engine here = ledger.engine();
        return phase == Phase.ASKING || (phase == Phase.SERVING && here != null && here.untouched());
    }

    private void closeEngine() {
        Engine open = engine;
        engine = null;
        if (open != null) {
            open.close();
        }
    }

    /** Blocks until the log is closed and no thread is left. */
    void close() {
        loop.execute(() -> phase = Phase.CLOSED);
        submit(this::closeEngine);
        thread.shutdown();
        end(thread, STOP);
        pool.shutdownNow();
        end(pool, ANSWER);
    }

    private void end(ExecutorService executor, Duration limit) {
        try {
            if (!executor.awaitTermination(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                log.warn("A thread of the ledger of {} did not end", node);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    Duration round() {
        return ROUND;
    }

    Tuning tuning() {
        return tuning;
    }

    void waitingToBegin(String why, String remedy) {
        ledger.setHealth(new Health(false, why, remedy));
    }

    boolean isAsking() {
        return phase == Phase.ASKING;
    }
}
