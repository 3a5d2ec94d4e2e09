package io.holdfast.model;

import io.holdfast.model.Command.Proof;
import io.holdfast.model.NodeRecord.HoldRecord;
import io.holdfast.model.NodeRecord.Phase;
import io.holdfast.model.NodeRecord.Terms;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.pcollections.TreePMap;

/** Expelling, fencing and holds. */
final class FenceRules {
    private static final long LONGEST_HOLD_MILLIS = 600_000;
    /** A daemon needs one, or a few while it retries; the bound keeps a broken one from filling the state. */
    private static final int MOST_HOLDS = 64;
    /** More than a node has devices. */
    private static final int MOST_LIARS = 64;

    private FenceRules() {}

    static long expel(Draft draft, Command.Expel expel) {
        String what = "Expelling of " + expel.node() + " incarnation " + expel.incarnation();
        NodeRecord record = draft.node(expel.node(), expel.incarnation(), what);
        if (record.phase() == Phase.EXPELLED) {
            return record.expelIndex();
        }
        if (!record.joined()) {
            throw new Refusal(what + " refused: it runs nothing any more, it "
                    + (record.phase() == Phase.LEFT ? "left cleanly" : "is fenced already"));
        }
        draft.put(record.in(Phase.EXPELLED, draft.index));
        draft.warn(
                expel.node(),
                "",
                expel.node() + " is expelled (incarnation " + expel.incarnation() + ")" + Draft.because(expel.reason())
                        + "; its resources may move once it is proved to run nothing");
        DeploymentRules.gone(draft, expel.node(), "was lost");
        return draft.index;
    }

    static long fenced(Draft draft, Command.Fenced fenced) {
        String what = "Fencing of " + fenced.node() + " incarnation " + fenced.incarnation();
        NodeRecord record = draft.node(fenced.node(), fenced.incarnation(), what);
        if (record.joined()) {
            throw new Refusal(
                    what + " refused: it is not expelled, so its lease may be renewed at any time; expel it first");
        }
        if (record.phase() != Phase.EXPELLED) {
            throw new Refusal(what + " refused: it runs nothing any more, it "
                    + (record.phase() == Phase.LEFT ? "left cleanly" : "is fenced already"));
        }
        String proof = checked(draft, record, fenced.proof(), what);
        draft.put(record.in(Phase.FENCED, record.expelIndex()).holding(TreePMap.empty()));
        draft.warn(
                fenced.node(), "", fenced.node() + " is fenced (incarnation " + fenced.incarnation() + "): " + proof);
        List<Grant> freed = draft.grants.values().stream()
                .filter(grant -> grant.heldBy(fenced.node(), fenced.incarnation()))
                .toList();
        for (Grant grant : freed) {
            draft.free(grant);
            draft.warn(
                    fenced.node(),
                    grant.instance(),
                    (Instances.isRight(grant.instance())
                                    ? Instances.resource(grant.instance()) + " is free to be promoted elsewhere: "
                                    : grant.instance() + " is free to start elsewhere: ")
                            + fenced.node() + ", which held token "
                            + grant.token() + ", is fenced");
        }
        return draft.index;
    }

    static long lied(Draft draft, Command.Lied lied) {
        String what = "Doubt of " + Draft.listed(lied.devices()) + " about " + lied.node() + " incarnation "
                + lied.incarnation();
        NodeRecord record = draft.node(lied.node(), lied.incarnation(), what);
        if (record.phase() != Phase.EXPELLED) {
            throw new Refusal(what + " refused: no device has to prove anything about it");
        }
        TreeSet<String> liars = new TreeSet<>(record.liars());
        if (!liars.addAll(lied.devices())) {
            return draft.index;
        }
        if (liars.size() > MOST_LIARS) {
            throw new Refusal(what + " refused: " + MOST_LIARS + " devices are doubted already");
        }
        draft.put(record.doubting(List.copyOf(liars)));
        draft.event(
                lied.node(),
                "",
                "error",
                String.join(", ", lied.devices()) + " said that " + lied.node()
                        + " is off, but it still answers: the device"
                        + " lies, or it is that of another machine; look at its 'nodes' and 'parameters'. It is not believed"
                        + " about this incarnation any more. If no other device confirms, switch " + lied.node()
                        + " off by hand, then 'ha confirm-fenced " + lied.node() + "'");
        return draft.index;
    }

    /** Checks the proof and says it in words. */
    private static String checked(Draft draft, NodeRecord record, Proof proof, String what) {
        if (proof instanceof Proof.LeaseOver lease) {
            return leaseOver(draft, record, lease, what);
        } else if (proof instanceof Proof.Device device) {
            return device(record, device, what);
        } else if (proof instanceof Proof.Reboot reboot) {
            return reboot(draft, record, reboot, what);
        } else if (proof instanceof Proof.Manual manual) {
            if (manual.who().isBlank()) {
                throw new Refusal(what + " refused: a confirmation by hand needs the name of who gives it");
            }
            return manual.who() + " confirmed that it runs nothing";
        }
        throw new IllegalStateException("No rule for proof " + proof.getClass().getSimpleName());
    }

    /** {@return why the end of the lease proves nothing about the member; empty if it proves that it runs nothing} */
    static Optional<String> leaseProvesNothing(
            NodeRecord record, Map<String, Grant> grants, Map<String, InstanceRecord> instances) {
        Terms terms = record.terms();
        if (!terms.leaseProves()) {
            return Optional.of("it joined with " + (terms.weakClock() ? "clock=weak" : "guard=none"));
        }
        List<String> blocked =
                blocked(record, grants, instances).stream().map(Grant::instance).toList();
        return blocked.isEmpty() || terms.guard().equals("strong")
                ? Optional.empty()
                : Optional.of("it said itself that it cannot stop " + Draft.listed(blocked)
                        + ", and no watchdog resets it when its lease is over");
    }

    /** {@return the grants of the member of which it said last that it cannot stop what runs under them} */
    static List<Grant> blocked(NodeRecord record, Map<String, Grant> grants, Map<String, InstanceRecord> instances) {
        return grants.values().stream()
                .filter(grant -> grant.heldBy(record.name(), record.incarnation()))
                .filter(grant -> Optional.ofNullable(instances.get(grant.instance()))
                        .filter(known -> known.reports(grant, InstanceRecord.State.BLOCKED))
                        .isPresent())
                .toList();
    }

    private static String leaseOver(Draft draft, NodeRecord record, Proof.LeaseOver lease, String what) {
        Optional<String> unproved = leaseProvesNothing(record, draft.grants, draft.instances);
        if (unproved.isPresent()) {
            throw new Refusal(what + " refused: the end of its lease proves nothing, because " + unproved.get()
                    + "; fence it by a device, or confirm with 'ha confirm-fenced' that it is off");
        }
        if (lease.votesIndex() != draft.votes.index()) {
            throw new Refusal(what + " refused: the voters who were asked are those of index " + lease.votesIndex()
                    + ", and since index " + draft.votes.index() + " others vote; ask those too");
        }
        return "its lease is over" + (lease.how().isBlank() ? "" : " (" + lease.how() + ")");
    }

    private static String device(NodeRecord record, Proof.Device device, String what) {
        if (device.device().isBlank()) {
            throw new Refusal(what + " refused: the proof does not name the device that confirmed");
        }
        if (device.expelIndex() != record.expelIndex()) {
            throw new Refusal(what + " refused: device " + device.device()
                    + " confirmed a request that belongs to the expelling at index " + device.expelIndex()
                    + ", not to this one at index " + record.expelIndex() + "; ask the device again");
        }
        for (String name : device.device().split(", ", -1)) {
            if (record.liars().contains(name)) {
                throw new Refusal(
                        what + " refused: device " + name + " called this incarnation off while it ran, so what it"
                                + " says proves nothing; use another device, or confirm with 'ha confirm-fenced' that it is off");
            }
        }
        return "device " + device.device() + " confirmed";
    }

    private static String reboot(Draft draft, NodeRecord record, Proof.Reboot reboot, String what) {
        draft.fromItself(record.name(), what);
        Terms terms = record.terms();
        if (terms.bootCounter() <= 0 || reboot.bootCounter() <= 0) {
            throw new Refusal(what + " refused: a reboot proves nothing on a node without a boot counter (a container,"
                    + " or a kernel shared with other nodes); wait its lease out, use a device, or confirm by hand");
        }
        if (terms.machineId().isBlank() || !terms.machineId().equals(reboot.machineId())) {
            throw new Refusal(
                    what + " refused: it ran on machine '" + terms.machineId() + "', and the reboot is of machine '"
                            + reboot.machineId() + "'; wait its lease out, use a device, or confirm by hand");
        }
        if (reboot.bootCounter() <= terms.bootCounter()) {
            throw new Refusal(what + " refused: boot " + reboot.bootCounter() + " is not later than boot "
                    + terms.bootCounter() + " in which it ran; wait its lease out, use a device, or confirm by hand");
        }
        return "its machine was booted since (boot " + reboot.bootCounter() + " after " + terms.bootCounter() + ")";
    }

    static long hold(Draft draft, Command.Hold hold) {
        String what = "Hold of " + hold.node() + " incarnation " + hold.incarnation();
        draft.fromItself(hold.node(), what);
        NodeRecord record = draft.node(hold.node(), hold.incarnation(), what);
        if (!record.joined()) {
            throw new Refusal(what + " refused: it is " + record.phase().name().toLowerCase(java.util.Locale.ROOT)
                    + "; stop everything and join anew");
        }
        if (hold.spanMillis() < 1 || hold.spanMillis() > LONGEST_HOLD_MILLIS) {
            throw new Refusal(what + " refused: its span of " + hold.spanMillis()
                    + " ms is not between 1 ms and 10 minutes; ask for a shorter one and renew it");
        }
        String key = HoldRecord.key(hold.session(), hold.seq());
        if (record.holds().containsKey(key)) {
            throw new Refusal(
                    what + " refused: number " + hold.seq() + " of this session was used; a retry takes a new number");
        }
        if (record.holds().size() >= MOST_HOLDS) {
            throw new Refusal(what + " refused: " + MOST_HOLDS + " holds of it are open; release them first");
        }
        draft.put(record.holding(
                record.holds().plus(key, new HoldRecord(hold.session(), hold.seq(), draft.index, hold.spanMillis()))));
        draft.info(
                hold.node(),
                "",
                hold.node() + " is held for at most " + hold.spanMillis()
                        + " ms: an interruption is planned, and what it runs goes on");
        return draft.index;
    }

    static long unhold(Draft draft, Command.Unhold unhold) {
        String what = "Release of the hold of " + unhold.node() + " incarnation " + unhold.incarnation();
        draft.fromItself(unhold.node(), what);
        NodeRecord record = draft.node(unhold.node(), unhold.incarnation(), what);
        String key = HoldRecord.key(unhold.session(), unhold.seq());
        if (!record.holds().containsKey(key)) {
            throw new Refusal(what + " refused: no hold number " + unhold.seq() + " of this session is open");
        }
        draft.put(record.holding(record.holds().minus(key)));
        draft.info(unhold.node(), "", "The hold of " + unhold.node() + " is released");
        return draft.index;
    }
}
