package io.holdfast.testkit;

import static io.holdfast.testkit.FaultKind.ALL_OFF;
import static io.holdfast.testkit.FaultKind.APPLY;
import static io.holdfast.testkit.FaultKind.DAEMON_KILLED;
import static io.holdfast.testkit.FaultKind.DEAF;
import static io.holdfast.testkit.FaultKind.DELAY;
import static io.holdfast.testkit.FaultKind.DISK_SLOW;
import static io.holdfast.testkit.FaultKind.DRIFT;
import static io.holdfast.testkit.FaultKind.EXPEL_FORGOTTEN;
import static io.holdfast.testkit.FaultKind.FENCE;
import static io.holdfast.testkit.FaultKind.FENCED_AGAIN;
import static io.holdfast.testkit.FaultKind.FROZEN;
import static io.holdfast.testkit.FaultKind.HELD_FAR;
import static io.holdfast.testkit.FaultKind.ISOLATED;
import static io.holdfast.testkit.FaultKind.KILLED_AT_ENTRY;
import static io.holdfast.testkit.FaultKind.LEADER_ISOLATED;
import static io.holdfast.testkit.FaultKind.LEAVE;
import static io.holdfast.testkit.FaultKind.MUTE;
import static io.holdfast.testkit.FaultKind.NARROW;
import static io.holdfast.testkit.FaultKind.ONE_WAY;
import static io.holdfast.testkit.FaultKind.POWER_CUT;
import static io.holdfast.testkit.FaultKind.POWER_CUTS;
import static io.holdfast.testkit.FaultKind.REORDER;
import static io.holdfast.testkit.FaultKind.RESOURCE_DIES;
import static io.holdfast.testkit.FaultKind.RESTART_IN_HOLD;
import static io.holdfast.testkit.FaultKind.RESUMED_MUTE;
import static io.holdfast.testkit.FaultKind.SPLIT;
import static io.holdfast.testkit.FaultKind.STANDBY;
import static io.holdfast.testkit.FaultKind.SWAP_IN_HOLD;
import static io.holdfast.testkit.FaultKind.VOTERS_SPLIT;

import java.util.List;

/**
 * One rule of SAFETY broken on purpose. The observer must see each within a few hundred seeds; a simulation that finds nothing wrong
 * with a broken build proves nothing about a sound one.
 */
public enum Sabotage {
    /** All rules hold. */
    NONE,
    /** FENCED is committed as soon as EXPEL is: nobody waits the lease out. */
    FENCED_WITHOUT_WAIT,
    /** The answer of one voter counts as that of all. */
    FEWER_ANSWERS(FENCE, ONE_WAY, ISOLATED, DAEMON_KILLED),
    /** A silent node is expelled, and declared fenced, though its lease may run. */
    EXPELLED_TOO_EARLY,
    /** The acknowledgement of one voter counts as that of all. */
    LEASE_OF_ONE_ACK(SPLIT, ISOLATED, ONE_WAY),
    /** A lease counts from when its renewal was acknowledged, not from when it was sent. */
    LEASE_FROM_RECEIPT(REORDER, DELAY, MUTE),
    /** An acknowledgement counts whatever incarnation, session and number it names. */
    ACK_UNCHECKED(REORDER, MUTE, DELAY),
    /** A restarted voter takes what it knows for all that was committed. */
    BARRIER_NOT_WAITED(EXPEL_FORGOTTEN),
    /** A voter that starts again takes what its own disk noted as committed for all that was committed. */
    OWN_READ_INDEX(EXPEL_FORGOTTEN),
    /** A daemon that goes on uses the session and numbers of the one before. */
    SESSION_REPEATED(RESUMED_MUTE),
    /** The leader takes an answer about an earlier incarnation for one about the present. */
    ANSWERED_INCARNATION(FENCED_AGAIN),
    /** A change of voters is closed as soon as it is committed. */
    CHANGE_AT_ONCE(VOTERS_SPLIT),
    /** A voter whose memory is empty takes a member for silent since ever. */
    AGE_WITHOUT_BEGINNING(FENCE, DAEMON_KILLED, ISOLATED, POWER_CUT),
    /** A voter answers with its age before it has applied the EXPEL, and goes on acknowledging. */
    AGE_BEFORE_APPLYING(FENCE, NARROW, DISK_SLOW, ISOLATED),
    /** A voter checks a renewal, answers about the member, and only then notes and acknowledges the renewal. */
    CHECK_AND_NOTE_APART(FENCE, ISOLATED, SPLIT),
    /** The guard's deadline goes back neither at a join nor at a release. */
    GUARD_KEEPS_DEADLINE(RESTART_IN_HOLD, LEAVE, ISOLATED, SPLIT),
    /** The guard does nothing at the deadline, and the gate stays open. */
    GUARD_ASLEEP,
    /** The clock of leases and guard stands still in suspend. */
    CLOCK_STOPS(FROZEN, ISOLATED),
    /** Clocks drift by more than rho. */
    CLOCK_BEYOND_RHO(DRIFT, ISOLATED, SPLIT),
    /** A voter leaves holds out of what it says is still to wait. */
    HOLD_NOT_WAITED(RESTART_IN_HOLD, FENCE, ISOLATED),
    /** A voter forgets, when it restarts, the holds that it had applied. */
    HOLD_LOST(RESTART_IN_HOLD, FENCE, DAEMON_KILLED, POWER_CUT),
    /** A node counts a hold from when it saw it committed, not from when it proposed it. */
    HOLD_FROM_CONFIRMATION(HELD_FAR),
    /** Holds are acknowledged and not kept. */
    HOLD_NOT_KEPT(RESTART_IN_HOLD, SWAP_IN_HOLD),
    /** The state machine grants an instance that is granted elsewhere. */
    GRANT_NOT_CHECKED,
    /** A release counts though the grant was not revoked, and comes late. */
    RELEASE_UNREVOKED(RESOURCE_DIES),
    /** The fencing token of a grant is not new. */
    TOKEN_NOT_NEW,
    /** A stop counts as proved though processes are left. */
    STOP_NOT_PROVED,
    /** A demotion counts as proved though the copy still acts as the promoted one. */
    DEMOTION_NOT_PROVED,
    /** A right to be promoted is given back as soon as it is revoked, and not when nothing is promoted by it. */
    RIGHT_RELEASED_EARLY,
    /** What an earlier daemon left promoted is taken for unpromoted. */
    PROMOTED_FORGOTTEN(DAEMON_KILLED, KILLED_AT_ENTRY, STANDBY),
    /** A right to be promoted is granted together with the copy, which does not serve yet. */
    RIGHT_BEFORE_COPY,
    /** Rights of a document of before do not count. */
    RIGHTS_NOT_COUNTED(APPLY),
    /** A copy that was started when none was to be promoted is taken for one that is not promoted. */
    EQUALS_TAKEN_FOR_UNPROMOTED(APPLY),
    /** A fence device confirms and did nothing. */
    DEVICE_LIES(FENCE),
    /** One voter counts as a majority in the ledger. */
    QUORUM_NOT_CHECKED,
    /** The disk says "durable" before it is. */
    FSYNC_SKIPPED,
    /** A voter forgets for whom it voted, and the term in which it did. */
    VOTER_FORGETS,
    /** One of two voters goes on alone, and its device never did anything. */
    ALONE_UNFENCED(SPLIT, ISOLATED, ONE_WAY, MUTE),
    /** One of two voters that has not seen the other since its start goes on alone all the same. */
    ALONE_UNSEEN(LEADER_ISOLATED, MUTE, DEAF),
    /** A node that is back calls its old log by the name of the new history, which has no new term. */
    OLD_LOG_KEPT(SPLIT, ISOLATED, POWER_CUT),
    /** A new history is lost by a power cut. */
    EPOCH_NOT_DURABLE(POWER_CUT, POWER_CUTS, ALL_OFF, ISOLATED),
    /** Released instances are never granted again. */
    NOTHING_PLANNED,
    /** The plan knows nothing of what has to be together, apart or in order. */
    CONSTRAINTS_IGNORED,
    /** The leader revokes a grant every few seconds, though nothing asks for it. */
    FIDGETING,
    /** Grants give no reason. */
    REASON_LEFT_OUT,
    /** A machine that was off never joins again. */
    NEVER_BACK,
    /** One node passes over what others report. */
    STATE_DIFFERS,
    /** A document is applied, and its text is not kept. */
    APPLIED_HALF,
    /** What is proposed again is written again. */
    COMMAND_TWICE,
    /** An agent starts what runs already. */
    STARTED_TWICE;

    @SuppressWarnings("ImmutableEnumChecker") // it is a copy
    private final List<FaultKind> focus;

    Sabotage(FaultKind... focus) {
        this.focus = List.of(focus);
    }

    /** {@return the kinds of faults that show it best, empty for all alike} */
    List<FaultKind> focus() {
        return focus;
    }

    /** {@return whether it can show only on two voters and nobody else} */
    boolean two() {
        return this == ALONE_UNFENCED || this == ALONE_UNSEEN || this == OLD_LOG_KEPT || this == EPOCH_NOT_DURABLE;
    }

    /** {@return whether it is about clones of which copies are promoted} */
    boolean promotes() {
        return switch (this) {
            case DEMOTION_NOT_PROVED,
                    RIGHT_RELEASED_EARLY,
                    PROMOTED_FORGOTTEN,
                    RIGHT_BEFORE_COPY,
                    RIGHTS_NOT_COUNTED,
                    EQUALS_TAKEN_FOR_UNPROMOTED -> true;
            default -> false;
        };
    }

    /** {@return how many nodes such a cluster needs to show it} */
    int size() {
        return switch (this) {
            case CHANGE_AT_ONCE -> 4; // three vote
            case ANSWERED_INCARNATION ->
                5; // what the leader says of itself does not travel, so a majority must be others
            default -> 3;
        };
    }

    /** {@return whether it shows best on a cluster that nothing else protects} */
    boolean plain() {
        return !focus.isEmpty() && !two() && this != DEVICE_LIES;
    }
}
