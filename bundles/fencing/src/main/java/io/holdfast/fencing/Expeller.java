package io.holdfast.fencing;

import io.holdfast.api.transport.Delivery;
import io.holdfast.fencing.LeaseMessage.Answer;
import io.holdfast.fencing.LeaseMessage.Ask;
import io.holdfast.membership.World;
import io.holdfast.model.ClusterState;
import io.holdfast.model.Command;
import io.holdfast.model.Command.Proof;
import io.holdfast.model.Entry;
import io.holdfast.model.NodeRecord;
import io.holdfast.model.NodeRecord.Phase;
import io.holdfast.model.Result;
import io.holdfast.model.config.FenceSetting;
import io.holdfast.model.ledger.LogListener;
import io.holdfast.model.ledger.ReplicatedLog;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The leader's side of fencing: expels who fell silent, and frees its grants once it is proved to run nothing.
 *
 * <p>All it knows can be asked for again, so a new leader starts with nothing.
 */
public final class Expeller {
    private static final Logger log = LoggerFactory.getLogger(Expeller.class);
    private static final Duration APPEND_LIMIT = Duration.ofSeconds(5);
    /** Of one member: agents put times into what they say, so that it never repeats. */
    private static final int MOST_TOLD = 10;

    private static final Duration DEVICES_AGAIN = Duration.ofSeconds(10);
    /**
     * A machine that was booted since proves at once that it runs nothing: its node asks to be expelled itself, or finds that it is.
     * Were its devices asked in the same moment, they would take its power again, and so on at each boot. So they are asked a moment
     * after the EXPEL, which may have waited for the vote of this very node.
     */
    private static final Duration PROOF_UNDER_WAY = Duration.ofMillis(100);
    /** And longer when that is likely: it asked itself, or an earlier leader expelled it, whose devices were asked then. */
    private static final Duration PROOF_LIKELY = Duration.ofSeconds(1);

    private final World world;
    private final FenceLevels levels;
    private final Subscriptions subscriptions;
    private final SilenceWatch silence;
    private final VoterChanges voterChanges;
    private final RollCall rollCall;
    private final Map<Member, ExpelledMember> expelled = new HashMap<>();
    private final Set<Member> expelling = new HashSet<>();
    /** When those were expelled who asked for it themselves; known on every node, whoever leads next. */
    private final Map<Member, Long> byThemselves = new HashMap<>();

    private boolean led;
    private long ledSince;
    private long ledFromIndex;

    Expeller(World world, LeaseVoter voter, FenceLevels levels, RollCall rollCall, RandomGenerator random) {
        this.world = world;
        this.levels = levels;
        this.subscriptions = new Subscriptions(world);
        this.silence = new SilenceWatch(world, voter, random, this::silent);
        this.voterChanges = new VoterChanges(world);
        this.rollCall = rollCall;
    }

    void start() {
        rollCall.start();
        subscriptions.add(world.log().listen(new Listener()));
        subscriptions.receive(LeaseMessage.ANSWER, (from, message) -> {
            if (message instanceof Answer answer && leads()) {
                answered(from, answer);
            }
        });
        tick();
    }

    void stop() {
        subscriptions.close();
        rollCall.stop();
        forget();
    }

    private void forget() {
        led = false;
        silence.clear();
        voterChanges.clear();
        expelled.values().forEach(one -> one.timer(null));
        expelled.clear();
        expelling.clear();
    }

    private boolean leads() {
        ReplicatedLog.Leadership leadership = world.log().leadership();
        return leadership.self() && leadership.ready();
    }

    private void tick() {
        if (subscriptions.closed()) {
            return;
        }
        world.loop().scheduleLoosely(Duration.ofNanos(world.leaseNanos() / 10), this::tick);
        look();
    }

    /** Compares what should be with what is; nothing here depends on having seen an event. */
    private void look() {
        if (subscriptions
                .closed()) { // a timer that is left must not ask devices about what the log said when this ended
            return;
        }
        if (!leads()) {
            forget();
            return;
        }
        ClusterState state = world.log().state();
        if (!led) {
            led = true;
            ledSince = now();
            ledFromIndex = state.index();
        }
        expelled.values().removeIf(one -> {
            boolean over = !one.member.expelled(state);
            if (over) {
                one.timer(null);
            }
            return over;
        });
        for (NodeRecord record : state.nodes().values()) {
            if (record.joined()) {
                silence.look(record);
            } else if (record.phase() == Phase.EXPELLED) {
                prove(record);
            }
        }
        voterChanges.look();
    }

    private void answered(String from, Answer answer) {
        voterChanges.answered(from, answer.votes());
        ExpelledMember one = expelled.get(answer.member());
        if (!answer.refused()) {
            silence.answered(from, answer);
        } else if (one != null) {
            one.answered(from, answer, now());
            settle(one);
        }
    }

    private void silent(Member member, long nanos) {
        if (expelling.add(member)) {
            expel(
                    member,
                    "silent since " + Spans.words(nanos) + ", so its lease of " + Spans.words(world.leaseNanos())
                            + " is over: no majority of the voters has heard it");
        }
    }

    private void expel(Member member, String reason) {
        log.warn("{} is expelled: {}", member, reason);
        world.log()
                .append(new Command.Expel(member.node(), member.incarnation(), reason), APPEND_LIMIT)
                .whenComplete((appended, failure) -> {
                    expelling.remove(member);
                    if (failure != null) {
                        log.warn("{} could not be expelled yet: {}", member, FenceLevels.said(failure));
                    }
                });
    }

    private void prove(NodeRecord record) {
        Member member = Member.of(record);
        ExpelledMember one = expelled.computeIfAbsent(
                member, any -> new ExpelledMember(member, record.terms(), record.expelIndex(), now()));
        askDevices(one);
        Optional<String> unproved = world.log().state().leaseProvesNothing(record);
        one.unproved = unproved.map(
                        why -> "the end of its lease proves nothing, because " + why + ", and no device confirmed yet")
                .orElse("");
        if (unproved.isPresent()) {
            return;
        }
        byte[] ask = new Ask(member, 0).encoded();
        for (String voter : Electorate.of(world.log()).everybody()) {
            if (!one.answeredBy(voter)) {
                world.transport().send(voter, LeaseMessage.ASK, ask, Delivery.URGENT);
            }
        }
        settle(one);
    }

    /** Commits FENCED as soon as a majority's wait is over, or comes back when it will be. */
    private void settle(ExpelledMember one) {
        Electorate electorate = Electorate.of(world.log());
        OptionalLong end = one.end(electorate);
        if (!leads()
                || end.isEmpty()
                || one.committing
                || !one.member.expelled(world.log().state())
                || leaseProvesNothing(one.member)) {
            return;
        }
        long left = end.getAsLong() - now();
        if (left > 0) {
            one.timer(world.loop().schedule(Duration.ofNanos(left), () -> settle(one)));
            return;
        }
        fence(
                one,
                new Proof.LeaseOver(one.explained(electorate, end.getAsLong(), now()), electorate.index()),
                () -> {});
    }

    private boolean leaseProvesNothing(Member member) {
        ClusterState state = world.log().state();
        return state.node(member.node()).flatMap(state::leaseProvesNothing).isPresent();
    }

    private void fence(ExpelledMember one, Proof proof, Runnable then) {
        one.committing = true;
        world.log()
                .append(new Command.Fenced(one.member.node(), one.member.incarnation(), proof), APPEND_LIMIT)
                .whenComplete((appended, failure) -> {
                    one.committing = false;
                    if (failure != null) {
                        log.warn("{} could not be recorded as fenced yet: {}", one.member, FenceLevels.said(failure));
                    } else if (appended.result() instanceof Result.Refused refused) {
                        one.trouble = refused.reason();
                    } else {
                        log.info("{} is proved to run nothing: {}", one.member, proof);
                        then.run();
                    }
                });
    }

    private void askDevices(ExpelledMember one) {
        List<FenceSetting> settings = world.log().state().configuration().fencing().stream()
                .filter(setting -> setting.cuts(one.member.node()))
                .toList();
        if (one.asking || settings.isEmpty()) {
            return;
        }
        List<FenceSetting> believed = believed(one.member, settings);
        if (believed.isEmpty()) {
            one.trouble = FenceLevels.names(settings)
                    + " said that it is off while it still answered, and is not asked again";
            return;
        }
        long wait = proofAwaited(one);
        if (wait > 0) {
            if (!one.awaitingProof) {
                one.awaitingProof = true;
                world.loop().schedule(Duration.ofNanos(wait), () -> {
                    one.awaitingProof = false;
                    look();
                });
            }
            return;
        }
        one.asking = true; // the request leaves after the EXPEL was applied here, so its confirmation proves something
        levels.off(one.member.node(), believed, new Target(one)).whenComplete((confirmed, failure) -> {
            if (expelled.get(one.member) != one || subscriptions.closed()) {
                return;
            }
            if (failure == null) {
                fence(
                        one,
                        new Proof.Device(FenceLevels.names(confirmed), one.expelIndex),
                        () -> levels.on(one.member.node(), confirmed));
            } else {
                devicesFailed(one, FenceLevels.said(failure));
            }
        });
    }

    /** All of a level must confirm, so a level with a liar proves nothing. */
    private List<FenceSetting> believed(Member member, List<FenceSetting> settings) {
        List<String> liars = world.log()
                .state()
                .node(member.node())
                .filter(record -> record.incarnation() == member.incarnation())
                .map(NodeRecord::liars)
                .orElse(List.of());
        Set<Integer> doubted = settings.stream()
                .filter(setting -> liars.contains(setting.name()))
                .map(FenceSetting::level)
                .collect(Collectors.toSet());
        return settings.stream()
                .filter(setting -> !doubted.contains(setting.level()))
                .toList();
    }

    /** What the devices are asked about; a call that is answered shows that what they said is not true. */
    private final class Target implements FenceLevels.Target {
        private final ExpelledMember one;

        Target(ExpelledMember one) {
            this.one = one;
        }

        @Override
        public boolean wanted() {
            return expelled.get(one.member) == one && !subscriptions.closed();
        }

        @Override
        public CompletionStage<Boolean> stillRuns() {
            return rollCall.answers(one.member);
        }

        @Override
        public CompletionStage<?> lied(List<FenceSetting> devices) {
            log.error(
                    "{} said that {} is off, but it still answers: {}",
                    FenceLevels.names(devices),
                    one.member.node(),
                    FenceLevels.LIES);
            return world.log()
                    .append(
                            new Command.Lied(
                                    one.member.node(),
                                    one.member.incarnation(),
                                    devices.stream().map(FenceSetting::name).toList()),
                            APPEND_LIMIT);
        }
    }

    /** Devices are asked again and again; what they answer is told once. */
    private void announce(ExpelledMember one, String text) {
        if (one.told.size() < MOST_TOLD && one.told.add(text)) {
            world.log().append(new Command.Announce(one.member.node(), "", "warn", text), APPEND_LIMIT);
        }
    }

    /** {@return how long the devices are not asked yet} */
    private long proofAwaited(ExpelledMember one) {
        long likely = byThemselves.getOrDefault(one.member, Long.MIN_VALUE);
        if (one.expelIndex <= ledFromIndex) {
            likely = Math.max(likely, ledSince);
        }
        long until = one.since + PROOF_UNDER_WAY.toNanos();
        return (likely == Long.MIN_VALUE ? until : Math.max(until, likely + PROOF_LIKELY.toNanos())) - now();
    }

    private void noteWhoAsked(Entry entry, ClusterState state) {
        byThemselves.keySet().removeIf(member -> !member.expelled(state));
        if (entry.command() instanceof Command.Expel expel && entry.origin().equals(expel.node())) {
            byThemselves.put(new Member(expel.node(), expel.incarnation()), now());
        }
    }

    private void devicesFailed(ExpelledMember one, String answers) {
        one.trouble = "no device confirmed (" + answers + ")";
        log.warn("{}: {}", one.member, one.trouble);
        announce(one, one.member.node() + " could not be fenced by device: " + answers + "; it is tried again");
        world.loop().schedule(DEVICES_AGAIN, () -> one.asking = false);
    }

    /** {@return what keeps nodes from being fenced, as far as this node leads and knows} */
    List<String> problems() {
        if (expelled.isEmpty()) { // as almost always
            return List.of();
        }
        return expelled.values().stream()
                .filter(one -> !one.why().isEmpty())
                .map(one -> one.member.node() + " is expelled and cannot be fenced yet: " + one.why()
                        + "; make sure that it is off, then 'ha confirm-fenced " + one.member.node() + "'")
                .sorted()
                .toList();
    }

    private long now() {
        return world.loop().nanos();
    }

    private final class Listener implements LogListener {
        @Override
        public void applied(long index, Entry entry, Result result, ClusterState state) {
            if (result instanceof Result.Done
                    && (entry.command() instanceof Command.Expel || entry.command() instanceof Command.Fenced)) {
                noteWhoAsked(entry, state);
                look();
            }
        }

        @Override
        public void replaced(ClusterState state) {
            look();
        }

        @Override
        public void led(ReplicatedLog.Leadership leadership) {
            look();
        }
    }
}
