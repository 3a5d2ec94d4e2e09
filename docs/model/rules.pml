/*
 * The rules that `check` breaks on purpose, one at a time: number, the scope that must refute it, and what is wrong then.
 * `check` reads this file, so the form of the lines matters.
 */
#define NOTHING 0

#define NO_WAIT                     1 /* lease: FENCED is committed as soon as a majority answered */
#define NO_KILL_TIME                2 /* lease: the wait is D, without K */
#define FEWER_ANSWERS               3 /* lease: one voter's answer is enough */
#define ONE_ACKNOWLEDGEMENT         4 /* lease: S is the newest acknowledged renewal, not the majority-th */
#define FROM_RECEIPT                5 /* lease: S is when the acknowledgement arrived, not when the renewal was sent */
#define READY_AT_START              6 /* lease: a voter acknowledges straight after its start */
#define READY_BY_OWN_LOG            7 /* lease: a voter acknowledges when it applied all that it knows of itself */
#define LOG_TOLD_AGAIN              8 /* lease: a voter whose log is applied again acknowledges without a new read index */
#define SNAPSHOT_WITHOUT_EXPEL      9 /* lease: a voter that starts from a snapshot does not know whom it refuses */
#define NO_MEMORY_BEGAN            10 /* lease: a voter without memory says that it never acknowledged */
#define OLD_INSTANCE_ACKNOWLEDGES  11 /* lease: the earlier instance of a voter still acknowledges when the new one begins */
#define AGE_BEFORE_APPLYING        12 /* lease: a voter answers with the age before it applied EXPEL */
#define CHECK_APART                13 /* lease: a voter checks in one step, and notes and acknowledges in another */
#define NOTED_LATER                14 /* lease: a voter acknowledges first and notes it afterwards */
#define FENCED_WITHOUT_EXPEL       15 /* lease: FENCED is taken without EXPEL, on the ages of voters that do not refuse */
#define GUARD_ASLEEP               16 /* lease: the guard stops nothing at the deadline */
#define SESSION_REPEATED           17 /* resume: the daemon after RESUME uses session and numbers of the one before */
#define NO_RHO                     18 /* drift: the wait is not padded for a slower clock */
#define CLOCK_STOPS                19 /* suspend: n's clock stands still while n is suspended */
#define HOLD_NOT_WAITED            20 /* hold: answers leave holds out */
#define HOLD_AFTER_EXPEL           21 /* hold: HOLD is taken after EXPEL */
#define HOLD_FROM_CONFIRMATION     22 /* hold: n counts a hold from when it saw it committed */
#define HOLD_RETRIED               23 /* hold: n proposes a hold again under the same number and counts from the second time */
#define UNHOLD_BEFORE_GUARD        24 /* hold: UNHOLD is proposed while the guard keeps the longer deadline */
#define UNHOLD_CHECKED_BEFORE      25 /* hold: n checks that renewals carry its lease before it tells the guard, and not afterwards */
#define UNHOLD_WITHOUT_LEASE       26 /* hold: UNHOLD is proposed though the deadline that the guard was told is over already */
#define RELEASED_HOLD_TAKEN        27 /* hold: a hold counts that n sees committed after it proposed UNHOLD */
#define HOLD_LOST                  28 /* forget: a voter that starts again does not note the holds in its snapshot */
#define ACKNOWLEDGED_INCARNATION   29 /* join: n takes acknowledgements of its earlier incarnation */
#define ANSWERED_INCARNATION       30 /* join: the leader takes an answer about an earlier incarnation */
#define DEADLINE_AFTER_JOIN        31 /* join: the guard keeps the old deadline after JOIN */
#define JOIN_BESIDE_EARLIER        32 /* join: JOIN is taken, and frees the grants of an incarnation that was not fenced */
#define GRANT_BESIDE               33 /* join: the instance is granted to n while it is granted elsewhere */
#define RELEASE_BEFORE_STOP        34 /* join: RELEASE is proposed without a proved stop */
#define RELEASE_WITHOUT_TOKEN      35 /* join: RELEASE names no token, so one that comes twice or late frees a later grant */
#define RELEASE_UNREVOKED          36 /* power: a grant is released that was not revoked, so the daemon after RESUME still believes in it */
#define LEAVE_BEFORE_STOP          37 /* join: n leaves without a proved stop */
#define CELL_LEFT                  38 /* join: a stop leaves the cell, so a start that was on its way finds it */
#define NO_GATE                    39 /* join: nothing but the daemon's check stands between a late start and the deadline */
#define DEVICE_UNBOUND             40 /* power: a device's confirmation counts for any incarnation */
#define REBOOT_UNPROVED            41 /* power: a daemon that starts again counts as a reboot */
#define RESUME_FROM_OLD_STATE      42 /* power: a daemon resumes with the grants that it knew, not with those at its RESUME */
#define CHANGE_AT_ONCE             43 /* voters: a voter is replaced and the new voters alone are asked from then on */
#define SETTLED_WITHOUT_WAIT       44 /* voters: the change is closed as soon as a majority of the old voters applied it */
#define SETTLED_UNAPPLIED          45 /* voters: the change is closed after the wait, whoever applied it */
#define ONE_SET_ASKED              46 /* voters: while the change is open, a majority of the new voters is enough */
#define VOTERS_NOT_NAMED           47 /* voters: FENCED does not name the voters that were asked */
#define MIXED_SETS                 48 /* voters: n counts acknowledgements of different sets together */
#define ALONE_UNPROVED             49 /* alone: one of two goes on alone though its device did nothing */
#define ALONE_HEARD                50 /* alone: a device's confirmation counts though the other was heard since the question */
#define ALONE_UNSEEN               51 /* alone: who has not seen the other since its start asks its device and goes on alone */
#define ALONE_STARTED              52 /* alone: who has not seen the other since its start goes on alone on a person's word, which alone.start=wait refuses */
#define ALONE_TAIL_DROPPED         53 /* alone: the new history begins with what is known to be decided, without the rest of the log */
#define ALONE_NOT_DURABLE          54 /* alone: a new history is not on disk when it begins, and a power cut undoes it */
#define ALONE_OLD_LOG              55 /* alone: who is back goes by the name of the new history, with its own log */
#define ALONE_UNNAMED              56 /* alone: a node takes messages of another history than its own */
#define ALONE_UNSETTLED            57 /* alone: who is back takes itself for a voter before that is on the disk of the one that was alone */
#define ALONE_HELD                 58 /* word: who went on alone and starts again serves without a fresh proof */
#define ALONE_PARTED               59 /* word: who holds a history goes on beside one whose history parted from it and that may still run something */
