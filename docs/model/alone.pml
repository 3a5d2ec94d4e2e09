/*
 * Two voters and nobody else: the one that is left goes on alone in a new history of the log, the other takes that history over when
 * it is back, and both vote again. Each node has a disk (which history, which decisions, who votes by its own log), a process that
 * knows what it saw since its start, a fence device against the other, and one exclusive instance.
 *
 * Nothing here is timed. A node is cut off, slow, restarted or without power whenever that is worse; a device acts and confirms as late
 * as it likes; a lease ends as late as it can, which is when the other one, whose word every lease of two rests on, has waited for it.
 * So the delay that keeps both from shooting each other is not in it: nothing but the time without service depends on that.
 *
 * `check` sets the scope (the numbers below) and BROKEN, the rule that is broken on purpose.
 */
#include "rules.pml"

#ifndef FORKS
#define FORKS 2         /* how often somebody goes on alone */
#endif
#ifndef DECISIONS
#define DECISIONS 3     /* how many entries are decided, in all histories */
#endif
#ifndef WORDS
#define WORDS 0         /* people say that a node is off, which is true, and that they take the loss of what it decided on themselves */
#endif

#define broken(rule) (BROKEN == rule)
#define bit(a) (1 << (a))
#define other(n) (1 - (n))

/* Who votes, by a node's own log. */
#define BOTH 0
#define SELF 1          /* this node alone */
#define ADDING 2        /* this node alone, until the configuration with both is decided, by both */
#define GUEST 3         /* this node stores the log of the other, and has no vote of which it knows */

/* --- disks -------------------------------------------------------------------------------------------------------------------- */

byte history[2];        /* which one; 0: the first */
byte seats[2];
byte stored[2];         /* bit d: decision d is in the log */
bool unsure[2];         /* the newest one is not known to be decided */
byte newest[2];
byte holder[2];         /* node + 1 to which the instance is granted by all that is stored; 0: nobody */
byte before[2];         /* the same without the newest decision */

/* What a power cut brings back (a broken disk only). */
bool undone[2];
byte oldHistory[2];
byte oldSeats[2];
byte oldStored[2];
byte oldHolder[2];

/* --- processes, instances, devices ---------------------------------------------------------------------------------------------- */

bool up[2] = 1;
bool together[2] = 1;   /* since this process began, a question of it was answered by a majority; or it went on alone itself */
byte asked[2];          /* 1: the device was asked and the other not heard since; 2: and the device has confirmed */
byte device[2];         /* 1: a request is on its way to the device; 2: so is its confirmation */
bool runs[2];
bool joined[2] = 1;     /* as an incarnation that the log knows */
bool refuses[2];        /* expelled and fenced the other's incarnation: it acknowledges that one no more */

/* --- what is known from outside -------------------------------------------------------------------------------------------------- */

byte histories;         /* how many there are beside the first */
byte ancestors[FORKS + 1];
byte epoch[FORKS + 1];
byte decisions;
byte acknowledged;      /* bit d: somebody was told that decision d is made */
bool waived;            /* a person had a node go on that cannot know what was decided without it */

/* What must hold: the instance runs once at most, and whoever decides knows all that was acknowledged. */
#define once() assert(!(runs[0] && runs[1]))
#define complete(n) assert(waived || !(acknowledged & ~stored[n]))

#define same (history[0] == history[1])
#define later(a, b) (ancestors[history[a]] & bit(history[b]))   /* a's history goes on from b's */
#define known(n) (unsure[n] -> before[n] : holder[n])

/* Decides alone; is one of two that decide together (both up, and messages get through). */
#define alone(n) (up[n] && together[n] && seats[n] == SELF)
#define pair(n) (up[0] && up[1] && same && (seats[0] == BOTH || seats[1] == BOTH || (seats[n] == ADDING && together[n])))

#define led (up[n] && same && alone(o))

/* What a node is without the other. */
#define lost(n) (up[n] && together[n] && (seats[n] == BOTH || seats[n] == ADDING))
#define holds(n) (up[n] && !together[n] && history[n] && (seats[n] == SELF || seats[n] == ADDING))
#define unseen(n) (up[n] && !together[n] && seats[n] == BOTH)

/* A confirmation proves nothing if the other was heard since the question. */
inline heard(n) {
    asked[n] = (broken(ALONE_HEARD) -> asked[n] : 0)
}

inline met() {
    heard(0); heard(1)
}

inline copied(to, from) {
    if
    :: broken(ALONE_OLD_LOG)
    :: else ->
        stored[to] = stored[from]; holder[to] = holder[from];
        unsure[to] = unsure[from]; before[to] = before[from]; newest[to] = newest[from]
    fi
}

inline decided(n, what) {
    decisions++;
    acknowledged = acknowledged | bit(decisions - 1);
    stored[n] = stored[n] | bit(decisions - 1);
    before[n] = holder[n]; newest[n] = decisions - 1; unsure[n] = 0;
    holder[n] = what
}

/* All that is stored, known to be decided or not, and then "this node alone votes"; the name of it is on disk before anything else. */
inline fork(n) {
    if
    :: broken(ALONE_NOT_DURABLE) && !undone[n] ->
        undone[n] = 1;
        oldHistory[n] = history[n]; oldSeats[n] = seats[n]; oldStored[n] = stored[n]; oldHolder[n] = holder[n]
    :: else
    fi;
    if
    :: broken(ALONE_TAIL_DROPPED) && unsure[n] -> stored[n] = stored[n] & ~bit(newest[n]); holder[n] = before[n]
    :: else
    fi;
    unsure[n] = 0; before[n] = 0; newest[n] = 0;
    histories++;
    ancestors[histories] = ancestors[history[n]] | bit(history[n]);
    epoch[histories] = epoch[history[n]] + 1;
    history[n] = histories; seats[n] = SELF; together[n] = 1; asked[n] = 0;
    complete(n)
}

inline powerOff(n) {
    up[n] = 0; together[n] = 0; asked[n] = 0; runs[n] = 0; joined[n] = 0;
    if
    :: undone[n] ->
        undone[n] = 0;
        history[n] = oldHistory[n]; seats[n] = oldSeats[n]; stored[n] = oldStored[n]; holder[n] = oldHolder[n];
        unsure[n] = 0
    :: else
    fi
}

/*
 * Of two histories that go on from each other the later is right. Two that parted are there only on a person's word: then what is served
 * stays, else the same one wins on both sides. Something may still run then on the side that gives way: it stops that first, and only then
 * does the other one go on.
 */
#define yields(n, o) (!same && !later(n, o) && (later(o, n) || alone(o) || epoch[history[o]] > epoch[history[n]] || \
    (epoch[history[o]] == epoch[history[n]] && history[o] > history[n])))

active [2] proctype Node() {
    byte n = _pid;
    byte o = 1 - _pid;
    do
    :: d_step { up[n] && !pair(n) && runs[n] && !alone(n) ->
        runs[n] = 0;
        printf("%d stops the instance: its lease is over\n", n) }
    :: d_step { up[n] && !runs[n] && joined[n] && known(n) == n + 1 &&
            (alone(n) || (!refuses[o] && (led || (pair(n) && together[o] && asked[o] == 0)))) ->
        runs[n] = 1;
        printf("%d has a lease and runs the instance\n", n);
        once() }
    :: d_step { up[n] && runs[n] ->
        runs[n] = 0;
        printf("%d stops the instance\n", n) }

    /* Together. */
    :: d_step { pair(n) || led ->
        met(); together[n] = 1; unsure[n] = 0;
        printf("%d asks the leader, and a majority answers\n", n) }
    :: d_step { (pair(n) || (broken(ALONE_UNNAMED) && up[n] && up[o] && seats[n] == BOTH)) && decisions < DECISIONS &&
            (holder[n] == 0 || !runs[holder[n] - 1]) ->
        met(); complete(n);
        if
        :: holder[n] == 0 && joined[o] -> decided(n, o + 1); unsure[o] = 1
        :: holder[n] == 0 && joined[n] -> decided(n, n + 1); unsure[o] = 1
        :: holder[n] == 0 -> decided(n, 0); unsure[o] = 1
        :: holder[n] != 0 -> decided(n, 0); unsure[o] = 0
        fi;
        before[o] = holder[o];
        newest[o] = decisions - 1; stored[o] = stored[o] | bit(decisions - 1); holder[o] = holder[n];
        printf("%d leads; both store decision %d: the instance is for %d (-1: nobody)\n", n, decisions, holder[n] - 1) }

    /* Alone: the other's lease rests on this node, or on the other itself. */
    :: d_step { alone(n) && decisions < DECISIONS &&
            (holder[n] == 0 || (holder[n] == n + 1 && !runs[n]) || (holder[n] == o + 1 && (!runs[o] || alone(o)))) ->
        complete(n);
        if
        :: holder[n] == 0 && joined[n] -> decided(n, n + 1)
        :: holder[n] == 0 -> decided(n, 0)
        :: holder[n] != 0 -> refuses[n] = refuses[n] || holder[n] == o + 1; decided(n, 0)
        fi;
        printf("%d alone stores decision %d: the instance is for %d (-1: nobody)\n", n, decisions, holder[n] - 1) }

    /* A new incarnation, once the earlier one has nothing any more. */
    :: d_step { !joined[n] && (alone(n) || pair(n) || led) && (led -> holder[o] : holder[n]) != n + 1 ->
        if
        :: !alone(n) -> met(); refuses[o] = 0
        :: else
        fi;
        if
        :: led -> copied(n, o)
        :: else
        fi;
        joined[n] = 1;
        printf("%d joins\n", n) }

    /* Without the other. */
    :: d_step { !asked[n] && histories < FORKS && (lost(n) || holds(n) || (broken(ALONE_UNSEEN) && unseen(n))) ->
        asked[n] = 1; device[n] = 1;
        printf("%d asks its device to cut %d off\n", n, o) }
    :: d_step { device[n] == 1 ->
        device[n] = 2;
        if
        :: broken(ALONE_UNPROVED)
        :: else -> powerOff(o)
        fi;
        printf("the device of %d cuts %d off\n", n, o) }
    :: d_step { device[n] == 2 && asked[n] == 1 ->
        device[n] = 0; asked[n] = 2;
        printf("%d hears from its device that %d is off\n", n, o) }
    :: d_step { device[n] == 2 && asked[n] != 1 ->
        device[n] = 0;
        printf("a device's confirmation comes to nobody who waits for it\n") }
    :: d_step { asked[n] == 2 && histories < FORKS ->
        printf("%d goes on alone in history %d\n", n, histories + 1);
        fork(n) }
    :: d_step { WORDS && histories < FORKS && !up[o] && (lost(n) || holds(n) || unseen(n)) ->
        waived = waived || !lost(n);
        printf("%d goes on alone in history %d on a person's word that %d is off\n", n, histories + 1, o);
        fork(n) }
    :: d_step { broken(ALONE_STARTED) && histories < FORKS && !up[o] && unseen(n) ->
        printf("%d has not seen %d since its start and goes on alone in history %d on a person's word\n", n, o, histories + 1);
        fork(n) }
    :: d_step { broken(ALONE_HELD) && holds(n) ->
        together[n] = 1;
        printf("%d went on alone once, and goes on with that without a fresh proof\n", n) }

    /* Back. */
    :: d_step { up[n] && up[o] && !alone(n) && yields(n, o) && (later(o, n) || !runs[n] || broken(ALONE_PARTED)) ->
        met(); copied(n, o);
        history[n] = history[o]; seats[n] = GUEST; together[n] = 0; asked[n] = 0;
        printf("%d takes over history %d of %d\n", n, history[n], o) }
    :: d_step { holds(n) && up[o] && (same || later(n, o) || (broken(ALONE_PARTED) && !yields(n, o))) ->
        met(); together[n] = 1;
        printf("%d hears that %d has no later history\n", n, o) }
    :: d_step { alone(n) && up[o] && same && seats[o] == GUEST ->
        met(); copied(o, n); seats[n] = ADDING;
        seats[o] = (broken(ALONE_UNSETTLED) -> BOTH : GUEST);
        printf("%d writes that %d is to vote again\n", n, o) }
    :: d_step { up[n] && up[o] && same && seats[n] == ADDING && together[n] ->
        met(); copied(o, n); seats[n] = BOTH;
        printf("%d knows that %d has the log up to there: both vote\n", n, o) }
    :: d_step { up[n] && up[o] && same && seats[n] == GUEST && seats[o] == BOTH ->
        met(); seats[n] = BOTH;
        printf("%d knows that both vote\n", n) }

    /* Processes and power. */
    :: d_step { up[n] && (together[n] || asked[n]) ->
        together[n] = 0; asked[n] = 0;
        printf("the daemon of %d starts again\n", n) }
    :: d_step { up[n] || runs[n] ->
        powerOff(n);
        printf("%d loses power\n", n) }
    :: d_step { !up[n] ->
        up[n] = 1;
        printf("%d boots\n", n) }
    od
}
