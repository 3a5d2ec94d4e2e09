/*
 * The protocol of leases, expelling, holds and changes of voters, in discrete time: one node n (daemon, guard, one exclusive
 * instance), its voters, the leader, the ledger, and every other node at once ("elsewhere").
 *
 * Times are not dates but ages and remainders that stop counting where more makes no difference, so the state space is finite
 * without any bound on how long a run is or on how often something is sent, lost, restarted or elected.
 *
 * Messages are bits "was sent": one that is never received is lost, and one that is received late or after a newer one is delayed
 * or reordered. Those that are not modelled as bits are received at once, where a later arrival can only make the wait longer.
 *
 * `check` sets the scope (the numbers and features below) and BROKEN, the rule that is broken on purpose.
 */
#include "rules.pml"

/* --- the scope ------------------------------------------------------------------------------------------------------------ */

#ifndef LEASE
#define LEASE 2         /* D, in ticks; at most 3 */
#endif
#ifndef KILL
#define KILL 1          /* K: stopped before LEASE + KILL after the sending of the last renewal that counted */
#endif
#ifndef DRIFT
#define DRIFT 0         /* n's clock stands still in one tick of any LEASE + KILL + 1 */
#endif
#ifndef HOLDS
#define HOLDS 0         /* how many holds n may propose, at most 2 */
#endif
#ifndef HOLD
#define HOLD 3          /* how long each lasts, in ticks */
#endif
#ifndef UNHOLDS
#define UNHOLDS 1       /* n may release them early */
#endif
#ifndef INCARNATIONS
#define INCARNATIONS 1  /* at most 2; with 2 there are grants, releases, and nodes elsewhere that want the instance */
#endif
#ifndef CHANGES
#define CHANGES 0       /* 1: voter 2 is replaced by voter 3 */
#endif
#ifndef RESTARTS
#define RESTARTS 1      /* voters lose their memory, are rebuilt, or apply their log again */
#endif
#ifndef RESUMES
#define RESUMES 0       /* the daemon dies and goes on as the same incarnation */
#endif
#ifndef SUSPENDS
#define SUSPENDS 0      /* n is suspended and thaws */
#endif
#ifndef POWER
#define POWER 0         /* n loses power, is fenced by a device, or proves its reboot */
#endif

#define VOTERS (3 + CHANGES)
#define SETS (1 + CHANGES)
#define NONE 15         /* no value yet; larger than any time */

#define broken(rule) (BROKEN == rule)
#define less(a, b) ((a) < (b) -> (a) : (b))
#define more(a, b) ((a) > (b) -> (a) : (b))
#define minus(a, b) ((a) > (b) -> (a) - (b) : 0)
#define bit(a) (1 << (a))

/* The rules "rho" and "kill time" are these two sums. */
#define PADDING (broken(NO_RHO) -> 0 : DRIFT)
#define WAIT (LEASE + (broken(NO_KILL_TIME) -> 0 : KILL) + PADDING)
#define HOLD_WAIT (HOLD + KILL + PADDING)

/* --- the ledger: what is committed, and the state that follows from it ------------------------------------------------------ */

#define JOINED 1
#define EXPELLED 2
#define FENCED 3
#define LEFT 4

#define FREE 0
#define OTHER 3         /* owners: nobody, an incarnation of n, another node */

byte committed;         /* how many entries that voters have to apply; the fields below are their positions, 0: none */
byte expelAt[3];        /* EXPEL of an incarnation */
byte holdAt[2];
byte unholdAt[2];
byte changeAt;          /* the change of voters */
byte current = 1;       /* n's newest incarnation */
byte phase[3] = JOINED;          /* of each incarnation */
byte owner = 1;         /* to whom the instance is granted */
bool changeOpen;        /* the earlier voters' word still counts */
bool elsewhere;         /* another node runs the instance */
bool revoked;           /* the first grant is to be given back */
bool regranted;         /* n was granted the instance again: an earlier token is no longer valid */

/* --- n: the daemon ---------------------------------------------------------------------------------------------------------- */

bool alive = 1;
byte self = 1;          /* the incarnation that daemon and guard go under */
bool granted = 1;       /* what the daemon takes for granted */
byte sent = 1;          /* bit a: a renewal was sent a ticks ago, in the present session; one is sent in each tick */
byte acks[SETS * 4];    /* voter's acknowledgements on their way: bit a, of a renewal sent a ticks ago */
byte known[SETS * 4] = LEASE;   /* how long ago the newest renewal was sent that is acknowledged; LEASE: too long */
byte proposed[2] = NONE;       /* how long ago each hold was proposed, as this daemon remembers it */
byte asked;             /* bit h: HOLD h is on its way to the ledger */
byte shortened;         /* bit h: the guard was told the deadline without hold h */
byte giving;            /* bit h: UNHOLD h is on its way */
bool releasing;         /* a RELEASE of the first grant is on its way, and may arrive more than once */
byte oldAcks;           /* bit v: acknowledgements of an earlier session are on their way (looked at by a broken daemon only) */
bool oldSent;

/* --- n: the guard and the instance ------------------------------------------------------------------------------------------ */

byte stopBy;            /* ticks until deadline + KILL; at most KILL: the deadline has passed */
bool gate;              /* cells can be made */
bool sameGuard = 1;     /* the guard's session is the one under which n joined */
byte starting;          /* the incarnation whose check a start has passed; the process may come at any time */
byte runs;              /* the incarnation under which the instance runs, 0: it does not */
bool suspended;
byte steady = LEASE + KILL;            /* ticks since n's clock stood still */

/* --- voters ----------------------------------------------------------------------------------------------------------------- */

byte applied[4];
byte need[4];           /* acknowledges when that much is applied */
byte age[4] = WAIT;            /* since it acknowledged, or since its memory began, if that is less */
byte holdAge[8] = HOLD_WAIT;        /* since it applied each hold */
byte between[4];        /* half of an atomic step is done (broken voters only) */
byte forgot;            /* bit v: its snapshot has no EXPEL (broken voters only) */
byte ghost[4];          /* what an earlier instance of this voter had applied, plus 1 (broken voters only) */

/* --- the leader ------------------------------------------------------------------------------------------------------------- */

byte left[4] = NONE;           /* of each answer's wait; NONE: no answer */
byte stale[4] = NONE;          /* answers about an earlier incarnation, on their way (looked at by a broken leader only) */
byte settling = NONE;   /* until the change of voters may be closed */
bool forwarded;         /* FENCED, proposed by a leader that was deposed before the change of voters, is on its way */
byte confirmed;         /* the incarnation for which a device confirmed */

/* --- what must hold --------------------------------------------------------------------------------------------------------- */

/* Nothing runs on n that is not granted to it, since it may run elsewhere then, or that does run elsewhere. */
inline safe() {
    assert(!runs || suspended || (runs == owner && !elsewhere));
}

#define dismissed (self == 1 && revoked && !regranted)

/* --- sums ------------------------------------------------------------------------------------------------------------------- */

#define passed (stopBy <= KILL)
#define refused(v, e) (expelAt[e] && applied[v] >= expelAt[e] && !(forgot & bit(v)))
#define ready(v) (applied[v] >= need[v])
#define changed(v) (changeAt && applied[v] >= changeAt)
#define holdCounts(v, h) (HOLDS > h && holdAt[h] && applied[v] >= holdAt[h] && !(unholdAt[h] && applied[v] >= unholdAt[h]))
#define at(set, v) ((set) * 4 * CHANGES + (v))

/* The second of three, sorted: what a majority has reached. */
#define second(a, b, c) more(less(a, b), less(more(a, b), c))
#define first(a, b, c) less(a, less(b, c))
#define newest(v) less(known[at(0, v)], known[at(CHANGES, v)])

#define over(v) (left[v] == 0 || (broken(NO_WAIT) && left[v] != NONE))
#define overs(a, b, c) (over(a) + over(b) + over(c) >= (broken(FEWER_ANSWERS) -> 1 : 2))
#define oldSetOver overs(0, 1, 2)
#define newSetOver overs(0, 1, 3 * CHANGES)

byte s;                 /* scratch, 0 between steps */
byte i;                 /* scratch, 0 between steps */

/* The deadline never goes back. The gate opens when it lies in the future. */
inline extend(until) {
    if
    :: until > stopBy ->
        stopBy = until;
        if
        :: stopBy > KILL -> gate = 1; runs = (INCARNATIONS > 1 -> runs : self)
        :: else
        fi
    :: else
    fi
}

/* S is the majority-th largest time of sending among the acknowledged. */
inline renewed() {
    if
    :: broken(ONE_ACKNOWLEDGEMENT) -> s = first(known[0], known[1], known[2])
    :: broken(MIXED_SETS) -> s = second(newest(0), newest(1), known[2])
    :: else -> s = second(known[0], known[1], known[2])
    fi;
    if
    :: CHANGES -> s = less(s, second(known[at(CHANGES, 0)], known[at(CHANGES, 1)], known[at(CHANGES, 3)]))
    :: else
    fi;
    if
    :: s < LEASE -> extend(LEASE - s + KILL)
    :: else
    fi;
    s = 0
}

inline forgetAcknowledgements() {
    i = 0;
    do
    :: i < SETS * 4 -> acks[i] = 0; known[i] = LEASE; i++
    :: else -> break
    od;
    i = 0;
    sent = alive
}

inline forgetAnswers() {
    i = 0;
    do
    :: i < 4 -> left[i] = NONE; i++
    :: else -> break
    od;
    i = 0
}

inline fenced() {
    phase[current] = FENCED;
    forgetAnswers();
    if
    :: owner == current -> owner = FREE
    :: else
    fi;
    safe()
}

/* Everything on n is gone, and its guard's session with it. */
inline powerOff() {
    alive = 0; gate = 0; runs = 0; starting = 0; stopBy = 0; sameGuard = 0; suspended = 0;
    proposed[0] = NONE; proposed[1] = NONE;
    forgetAcknowledgements()
}

/*
 * Voters that differ in nothing but their number are put in order, so that states which differ by such numbers alone are one.
 * Not where a broken rule adds to what a voter remembers: there the numbers in a counter-example should mean something.
 */
#ifndef SYMMETRIC
#define SYMMETRIC (BROKEN == NOTHING)
#endif
#define rank(v) (age[v] + 16 * (left[v] + 16 * (acks[v] + 8 * (known[v] + 4 * (applied[v] + 8 * need[v])))))
#define rankOfMore(v) (CHANGES -> acks[at(CHANGES, v)] + 8 * known[at(CHANGES, v)] : holdAge[v] + 16 * holdAge[4 + v])
#define swap(x, v) s = x[v]; x[v] = x[(v) + 1]; x[(v) + 1] = s

int lower;              /* scratch, 0 between steps */
int upper;              /* scratch, 0 between steps */

inline inOrder(v) {
    lower = rank(v) + 65536 * 4 * rankOfMore(v);
    upper = rank(v + 1) + 65536 * 4 * rankOfMore(v + 1);
    if
    :: lower > upper ->
        swap(applied, v); swap(need, v); swap(age, v); swap(left, v); swap(acks, v); swap(known, v);
        swap(holdAge, v); swap(holdAge, 4 + v);
        if
        :: CHANGES -> swap(acks, at(1, v)); swap(known, at(1, v))
        :: else
        fi;
        s = 0
    :: else
    fi;
    lower = 0; upper = 0
}

inline sorted() {
    if
    :: SYMMETRIC ->
        inOrder(0);
        if
        :: !CHANGES -> inOrder(1); inOrder(0)
        :: else
        fi
    :: else
    fi
}

/* --- n ---------------------------------------------------------------------------------------------------------------------- */

active proctype Node() {
    do
    /* The gate: a check may be old when the process comes. (With one incarnation the instance runs whenever the gate is open.) */
    :: d_step { INCARNATIONS > 1 && alive && !suspended && granted && !dismissed && !runs && !starting && !passed ->
        starting = self;
        printf("n's daemon sees that it may start the instance as incarnation %d\n", self) }
    :: d_step { starting && !suspended && (gate || broken(NO_GATE)) ->
        runs = starting; starting = 0;
        printf("the instance starts on n\n");
        safe() }

    /* The guard stops everything between deadline and deadline + KILL; time waits for it. */
    :: d_step { gate && passed && !suspended ->
        gate = 0;
        runs = (broken(GUARD_ASLEEP) -> runs : 0);
        starting = (broken(NO_GATE) -> starting : 0);
        printf("n's guard closes the gate and stops everything\n") }

    /* The daemon dies, and the next one starts with no acknowledgement; the guard's deadline stays. */
    :: d_step { RESUMES && alive && !suspended ->
        oldSent = broken(SESSION_REPEATED) && (sent || oldSent);
        alive = 0; proposed[0] = NONE; proposed[1] = NONE; shortened = 0;
        forgetAcknowledgements();
        printf("n's daemon dies\n") }
    :: d_step { RESUMES && !alive && !suspended && sameGuard && phase[self] == JOINED ->
        alive = 1; sent = 1;
        granted = (broken(RESUME_FROM_OLD_STATE) -> 1 : owner == self);
        printf("n's daemon starts and resumes incarnation %d\n", self) }

    /* A new incarnation, by the same daemon or another. */
    :: d_step { self < INCARNATIONS && !suspended &&
            (phase[self] == FENCED || phase[self] == LEFT || (broken(JOIN_BESIDE_EARLIER) && phase[self] == JOINED)) ->
        owner = (owner == self -> FREE : owner);
        self++; current = self; phase[self] = JOINED;
        if
        :: broken(ACKNOWLEDGED_INCARNATION) ->
            known[0] = LEASE; known[1] = LEASE; known[2] = LEASE
        :: else -> alive = 1; forgetAcknowledgements()
        fi;
        alive = 1; sameGuard = 1; granted = 0; proposed[0] = NONE; proposed[1] = NONE;
        age[0] = WAIT; age[1] = WAIT; age[2] = WAIT;
        if
        :: !passed && !broken(DEADLINE_AFTER_JOIN) -> stopBy = KILL
        :: else
        fi;
        printf("n joins as incarnation %d, and its deadline is 'ended'\n", self);
        safe() }

    /* Grants: the daemon learns of one, stops, and releases. */
    :: d_step { INCARNATIONS > 1 && alive && !suspended && owner == self && !granted && !dismissed ->
        granted = 1;
        printf("n's daemon learns that the instance is granted to it\n") }
    :: d_step { INCARNATIONS > 1 && alive && !suspended && granted && !releasing && self == 1 && !regranted &&
            (revoked || broken(RELEASE_UNREVOKED)) ->
        runs = (broken(RELEASE_BEFORE_STOP) -> runs : 0);
        starting = (broken(CELL_LEFT) -> starting : 0);
        granted = 0; releasing = 1;
        printf("n stops the instance, removes its cell, and proposes RELEASE\n") }
    :: d_step { INCARNATIONS > 1 && alive && !suspended && phase[self] == JOINED && self < INCARNATIONS ->
        runs = (broken(LEAVE_BEFORE_STOP) -> runs : 0);
        starting = 0; granted = 0; phase[self] = LEFT;
        owner = (owner == self -> FREE : owner);
        forgetAnswers();
        printf("n stops everything and leaves\n");
        safe() }

    :: d_step { POWER && (alive || gate || runs) ->
        powerOff();
        printf("n loses power\n") }
    :: d_step { SUSPENDS && !suspended ->
        suspended = 1;
        printf("n is suspended\n") }
    :: d_step { SUSPENDS && suspended ->
        suspended = 0;
        if
        :: gate && passed -> gate = 0; runs = 0; starting = 0
        :: else
        fi;
        printf("n thaws, and its guard is the first to look at the clock\n");
        safe() }
    od
}

/* --- holds: n's side and the ledger's ---------------------------------------------------------------------------------------- */

#define heard (alive && !suspended && phase[self] != FENCED)


#define renewedNow (second(known[0], known[1], known[2]) < LEASE)

/* To S + D; where that is over, the guard has its time from now on. */
inline shorten() {
    s = LEASE - second(known[0], known[1], known[2]) + KILL;
    stopBy = less(stopBy, s);
    s = 0
}

#if HOLDS
active [HOLDS] proctype Hold() {
    byte h = _pid - 1;
    do
    :: d_step { heard && proposed[h] == NONE && !holdAt[h] && !(asked & bit(h)) ->
        proposed[h] = 0; asked = asked | bit(h);
        printf("n proposes hold %d\n", h + 1) }
    :: d_step { broken(HOLD_RETRIED) && heard && proposed[h] != NONE && proposed[h] > 0 && !unholdAt[h] && !((giving | shortened) & bit(h)) ->
        proposed[h] = 0;
        printf("n proposes hold %d again under the same number\n", h + 1) }
    :: d_step { (asked & bit(h)) && phase[self] == JOINED || (broken(HOLD_AFTER_EXPEL) && (asked & bit(h)) && phase[self] == EXPELLED) ->
        asked = asked & ~bit(h);
        committed++; holdAt[h] = committed;
        printf("HOLD %d is committed\n", h + 1) }
    :: d_step { heard && holdAt[h] && proposed[h] != NONE && (!((giving | shortened) & bit(h)) || broken(RELEASED_HOLD_TAKEN)) ->
        s = (broken(HOLD_FROM_CONFIRMATION) -> HOLD : minus(HOLD, proposed[h])) + KILL;
        extend(s);
        s = 0;
        proposed[h] = (broken(HOLD_RETRIED) || broken(RELEASED_HOLD_TAKEN) -> proposed[h] : NONE);
        printf("n sees HOLD %d committed and tells its guard\n", h + 1) }
    /*
     * The guard first: the voters wait no longer for a hold that is released. And then only if the deadline that it was told lies
     * ahead: one that is over already, after a pause for example, gives it no time.
     */
    :: d_step { UNHOLDS && heard && holdAt[h] && !unholdAt[h] && !((giving | shortened) & bit(h)) &&
            (!broken(UNHOLD_CHECKED_BEFORE) || renewedNow) ->
        shortened = shortened | bit(h);
        proposed[h] = (broken(RELEASED_HOLD_TAKEN) -> proposed[h] : NONE);
        if
        :: broken(UNHOLD_BEFORE_GUARD) || broken(UNHOLD_CHECKED_BEFORE)
        :: else -> shorten()
        fi;
        printf("n tells its guard the deadline without hold %d\n", h + 1) }
    :: d_step { heard && (shortened & bit(h)) && !unholdAt[h] &&
            (!passed || broken(UNHOLD_WITHOUT_LEASE) || broken(UNHOLD_CHECKED_BEFORE)) ->
        shortened = shortened & ~bit(h); giving = giving | bit(h);
        if
        :: broken(UNHOLD_CHECKED_BEFORE) -> shorten()
        :: else
        fi;
        printf("n proposes UNHOLD %d\n", h + 1) }
    :: d_step { (giving & bit(h)) && !unholdAt[h] && (phase[self] == JOINED || phase[self] == EXPELLED) ->
        committed++; unholdAt[h] = committed;
        printf("UNHOLD %d is committed\n", h + 1) }
    od
}
#endif

/* --- voters ------------------------------------------------------------------------------------------------------------------ */

#define FIRST_VOTER (1 + HOLDS)

inline noteHolds() {
    if
    :: holdCounts(v, 0) -> holdAge[v] = (broken(HOLD_LOST) -> HOLD_WAIT : 0)
    :: else -> holdAge[v] = HOLD_WAIT
    fi;
    if
    :: holdCounts(v, 1) -> holdAge[4 + v] = (broken(HOLD_LOST) -> HOLD_WAIT : 0)
    :: else -> holdAge[4 + v] = HOLD_WAIT
    fi
}

/* What it noted of holds that it has to apply again is noted again then. */
inline unapply() {
    applied[v]--;
    holdAge[v] = (holdCounts(v, 0) -> holdAge[v] : HOLD_WAIT);
    holdAge[4 + v] = (holdCounts(v, 1) -> holdAge[4 + v] : HOLD_WAIT)
}

inline apply() {
    applied[v]++;
    if
    :: HOLDS && holdAt[0] == applied[v] -> holdAge[v] = 0
    :: HOLDS > 1 && holdAt[1] == applied[v] -> holdAge[4 + v] = 0
    :: CHANGES && changeAt == applied[v] && v == 3 -> age[v] = 0
    :: else
    fi;
    holdAge[v] = (holdCounts(v, 0) -> holdAge[v] : HOLD_WAIT);
    holdAge[4 + v] = (holdCounts(v, 1) -> holdAge[4 + v] : HOLD_WAIT);
    need[v] = (ready(v) -> 0 : need[v])
}

/* The read index is at least what was committed at its start; an index that it gets later only keeps it silent for longer. */
inline caughtUp() {
    need[v] = (ready(v) -> 0 : need[v])
}

/* Checked, noted and sent in one step. */
#define mayAcknowledge(a) ((sent & bit(a)) && !suspended && ready(v) && !refused(v, self) && (changed(v) -> v != 2 : v != 3))
#define ACKNOWLEDGE(a) \
    :: d_step { a < LEASE && mayAcknowledge(a) && !broken(CHECK_APART) && !broken(NOTED_LATER) && known[at(changed(v), v)] > a && \
            !(acks[at(changed(v), v)] & bit(a)) -> \
        age[v] = 0; \
        acks[at(changed(v), v)] = acks[at(changed(v), v)] | bit(a); \
        printf("voter %d acknowledges the renewal that was sent %d ticks ago\n", v + 1, a); \
        sorted() }

/* An acknowledgement arrives. One that a newer one overtook changes nothing. */
#define ARRIVE(set, a) \
    :: d_step { a < LEASE && (set == 0 || CHANGES) && alive && !suspended && (acks[at(set, v)] & bit(a)) -> \
        acks[at(set, v)] = acks[at(set, v)] & (bit(a) - 1); \
        known[at(set, v)] = (broken(FROM_RECEIPT) -> 0 : less(known[at(set, v)], a)); \
        renewed(); \
        printf("n receives voter %d's acknowledgement of the renewal sent %d ticks ago: guard has %d ticks to the deadline\n", \
            v + 1, a, minus(stopBy, KILL)); \
        sorted() }

#define waitForLease minus(WAIT, age[v])
#define waitForHold(h) (holdCounts(v, h) && !broken(HOLD_NOT_WAITED) -> minus(HOLD_WAIT, holdAge[h * 4 + v]) : 0)

active [VOTERS] proctype Voter() {
    byte v = _pid - FIRST_VOTER;
    do
    ACKNOWLEDGE(0)
    ACKNOWLEDGE(1)
    ACKNOWLEDGE(2)
    ARRIVE(0, 0)
    ARRIVE(0, 1)
    ARRIVE(0, 2)
    ARRIVE(1, 0)
    ARRIVE(1, 1)
    ARRIVE(1, 2)

    :: d_step { applied[v] < committed ->
        apply();
        printf("voter %d applies entry %d\n", v + 1, applied[v]);
        sorted() }

    /* It refuses first, and then answers. */
    :: d_step { phase[current] == EXPELLED && (refused(v, current) || broken(AGE_BEFORE_APPLYING)) &&
            left[v] > more(waitForLease, more(waitForHold(0), waitForHold(1))) ->
        left[v] = more(waitForLease, more(waitForHold(0), waitForHold(1)));
        stale[v] = (broken(ANSWERED_INCARNATION) && current == 1 -> less(stale[v], left[v]) : NONE);
        printf("voter %d answers that incarnation %d is refused: %d ticks to wait\n", v + 1, current, left[v]);
        sorted() }
    :: d_step { broken(FENCED_WITHOUT_EXPEL) && phase[current] == JOINED && left[v] > waitForLease ->
        left[v] = waitForLease;
        printf("voter %d, which does not refuse incarnation %d, answers: %d ticks to wait\n", v + 1, current, left[v]);
        sorted() }

    /* A new instance: an empty memory, and nothing is acknowledged before a read index from the leader is applied. */
    :: d_step { RESTARTS && age[v] ->
        ghost[v] = (broken(OLD_INSTANCE_ACKNOWLEDGES) -> applied[v] + 1 : 0);
        age[v] = (broken(NO_MEMORY_BEGAN) -> WAIT : 0);
        need[v] = (broken(READY_AT_START) -> 0 : committed);
        caughtUp();
        noteHolds();
        forgot = (broken(SNAPSHOT_WITHOUT_EXPEL) -> forgot | bit(v) : 0);
        printf("voter %d starts again with all that it applied\n", v + 1);
        sorted() }
    :: d_step { RESTARTS && applied[v] ->
        ghost[v] = (broken(OLD_INSTANCE_ACKNOWLEDGES) -> applied[v] + 1 : 0);
        age[v] = (broken(NO_MEMORY_BEGAN) -> WAIT : 0);
        unapply();
        need[v] = (broken(READY_AT_START) || broken(READY_BY_OWN_LOG) -> applied[v] : committed);
        caughtUp();
        noteHolds();
        forgot = (broken(SNAPSHOT_WITHOUT_EXPEL) -> forgot | bit(v) : 0);
        printf("voter %d starts again from a snapshot of entry %d\n", v + 1, applied[v]);
        sorted() }
    /* The ledger under it is rebuilt, and tells it the log again; its memory of acknowledgements stays. */
    :: d_step { RESTARTS && applied[v] ->
        unapply();
        need[v] = (broken(LOG_TOLD_AGAIN) -> need[v] : committed);
        caughtUp();
        printf("voter %d applies again from entry %d on\n", v + 1, applied[v]);
        sorted() }

    /* Broken voters. */
    :: d_step { broken(CHECK_APART) && !between[v] && mayAcknowledge(0) -> between[v] = 1;
        printf("voter %d checks that it does not refuse n\n", v + 1) }
    :: d_step { broken(CHECK_APART) && between[v] -> between[v] = 0; age[v] = 0; acks[v] = acks[v] | (sent & 1);
        printf("voter %d notes and acknowledges what it checked before\n", v + 1) }
    :: d_step { broken(NOTED_LATER) && !between[v] && mayAcknowledge(0) -> between[v] = 1; acks[v] = acks[v] | 1;
        printf("voter %d acknowledges, and has not noted it yet\n", v + 1) }
    :: d_step { broken(NOTED_LATER) && between[v] -> between[v] = 0; age[v] = 0;
        printf("voter %d notes what it acknowledged before\n", v + 1) }
    :: d_step { ghost[v] && (sent & 1) && !(expelAt[self] && ghost[v] > expelAt[self]) -> acks[v] = acks[v] | 1;
        printf("the earlier instance of voter %d acknowledges\n", v + 1) }
    :: d_step { broken(SESSION_REPEATED) && oldSent && ready(v) && !refused(v, self) && !(oldAcks & bit(v)) ->
        oldAcks = oldAcks | bit(v); age[v] = 0;
        printf("voter %d acknowledges a renewal of the daemon before\n", v + 1) }
    :: d_step { broken(SESSION_REPEATED) && alive && (oldAcks & bit(v)) && (sent & 1) -> known[v] = 0; renewed();
        printf("n takes an acknowledgement of the daemon before, by voter %d, for its own: guard has %d ticks to the deadline\n",
            v + 1, minus(stopBy, KILL)) }
    :: d_step { broken(ANSWERED_INCARNATION) && current == 2 && phase[2] == EXPELLED && left[v] > stale[v] -> left[v] = stale[v];
        printf("the leader takes voter %d's answer about incarnation 1 for one about 2: %d ticks to wait\n", v + 1, left[v]) }
    od
}

/* --- the leader and the ledger ----------------------------------------------------------------------------------------------- */

active proctype Leader() {
    do
    :: d_step { phase[current] == JOINED ->
        phase[current] = EXPELLED;
        committed++; expelAt[current] = committed;
        printf("EXPEL of incarnation %d is committed\n", current) }

    :: d_step { (left[0] & left[1] & left[2] & left[3]) != NONE || settling != NONE ->
        forgetAnswers(); settling = NONE;
        printf("a new leader is elected, and asks again\n") }

    /* FENCED by the lease: the state machine checks the phase, and that those who vote now were asked. */
    :: d_step { (phase[current] == EXPELLED || (broken(FENCED_WITHOUT_EXPEL) && phase[current] == JOINED)) &&
            (changeAt -> newSetOver && (!changeOpen || oldSetOver || broken(ONE_SET_ASKED)) : oldSetOver) ->
        printf("FENCED of incarnation %d is committed: its lease is over\n", current);
        fenced() }
    :: d_step { CHANGES && phase[current] == EXPELLED && oldSetOver && !forwarded ->
        forwarded = 1;
        printf("a leader that does not know of any change of voters proposes FENCED and is deposed\n") }
    :: d_step { CHANGES && forwarded && phase[current] == EXPELLED && (!changeAt || broken(VOTERS_NOT_NAMED)) ->
        printf("FENCED of incarnation %d is committed, as the deposed leader proposed it\n", current);
        fenced() }

    /* A change of voters. */
    :: d_step { CHANGES && !changeAt ->
        committed++; changeAt = committed; changeOpen = !broken(CHANGE_AT_ONCE);
        printf("the change of voters is committed: 1, 2, 4 vote, and not 3\n") }
    :: d_step { changeOpen && settling == NONE && (changed(0) + changed(1) + changed(2) >= 2 || broken(SETTLED_UNAPPLIED)) ->
        settling = (broken(SETTLED_WITHOUT_WAIT) -> 0 : WAIT);
        printf("the leader knows that a majority of the old voters applied the change\n") }
    :: d_step { changeOpen && settling == 0 ->
        changeOpen = 0; settling = NONE;
        printf("the change of voters is closed\n") }

    /* Other proofs. */
    :: d_step { POWER && phase[current] == EXPELLED && !confirmed ->
        powerOff(); confirmed = current;
        printf("a device, asked after EXPEL of incarnation %d, switches n off and confirms\n", current) }
    :: d_step { POWER && phase[current] == EXPELLED && (confirmed == current || (confirmed && broken(DEVICE_UNBOUND))) ->
        printf("FENCED of incarnation %d is committed: the device confirmed\n", current);
        fenced() }
    :: d_step { POWER && phase[current] == EXPELLED && !alive && (!sameGuard || broken(REBOOT_UNPROVED)) ->
        printf("FENCED of incarnation %d is committed: n was booted since\n", current);
        fenced() }

    /* Grants. */
    :: d_step { INCARNATIONS > 1 && phase[current] == JOINED && (owner == FREE || (broken(GRANT_BESIDE) && owner == OTHER)) ->
        owner = current; regranted = 1;
        printf("the instance is granted to n as incarnation %d\n", current) }
    :: d_step { INCARNATIONS > 1 && owner == 1 && !regranted && !revoked && !broken(RELEASE_UNREVOKED) ->
        revoked = 1;
        printf("the grant is revoked\n") }
    :: d_step { INCARNATIONS > 1 && owner == FREE ->
        owner = OTHER; elsewhere = 1;
        printf("the instance is granted to another node, and runs there\n");
        safe() }
    :: d_step { INCARNATIONS > 1 && owner == OTHER ->
        owner = FREE; elsewhere = 0;
        printf("the other node stopped the instance and released it\n") }
    :: d_step { releasing && owner == 1 && (!regranted || broken(RELEASE_WITHOUT_TOKEN)) ->
        owner = FREE;
        printf("RELEASE by n is committed\n");
        safe() }
    od
}

/* --- time -------------------------------------------------------------------------------------------------------------------- */

#define older(a, most) a = (a < (most) -> a + 1 : a)
#define sooner(a) a = (a && a != NONE -> a - 1 : a)
#define ALL (bit(LEASE) - 1)

inline tickOfNode() {
    sent = ((sent << 1) & ALL) | (alive && !suspended);
    i = 0;
    do
    :: i < SETS * 4 -> older(known[i], LEASE); acks[i] = (acks[i] << 1) & (bit(known[i]) - 1); i++
    :: else -> break
    od;
    i = 0;
    proposed[0] = (proposed[0] < HOLD -> proposed[0] + 1 : proposed[0]);
    proposed[1] = (proposed[1] < HOLD -> proposed[1] + 1 : proposed[1]);
    stopBy = minus(stopBy, 1)
}

inline tickOfOthers() {
    i = 0;
    do
    :: i < VOTERS -> older(age[i], WAIT); sooner(left[i]); i++
    :: else -> break
    od;
    i = 0;
    do
    :: HOLDS && i < 8 -> older(holdAge[i], HOLD_WAIT); i++
    :: else -> break
    od;
    i = 0;
    sooner(settling)
}

active proctype Time() {
    do
    :: d_step { (!gate || stopBy != 1 || suspended || broken(GUARD_ASLEEP)) ->
        tickOfOthers();
        if
        :: suspended && broken(CLOCK_STOPS)
        :: else -> tickOfNode()
        fi;
        older(steady, LEASE + KILL);
        sorted();
        printf("--- a tick passes\n") }
    :: d_step { DRIFT && steady == LEASE + KILL ->
        tickOfOthers();
        steady = 0;
        sorted();
        printf("--- a tick passes, but not on n's slow clock\n") }
    od
}
