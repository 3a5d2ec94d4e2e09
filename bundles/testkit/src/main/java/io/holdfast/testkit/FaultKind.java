package io.holdfast.testkit;

/** What a simulation does to its cluster. */
public enum FaultKind {
    /** A machine loses power for a while; what its disk had not synced may be torn. */
    POWER_CUT,
    /** Several machines lose power at one instant. */
    POWER_CUTS,
    /** All machines are off at once, and come back in any order. */
    ALL_OFF,
    /** A machine loses power again while it joins. */
    CUT_WHILE_JOINING,
    /** One machine after the other is switched off and on. */
    ROLLING_RESTART,
    /** kill -9 of a daemon. */
    DAEMON_KILLED,
    /** A daemon that dies again and again. */
    CRASH_LOOP,
    /** A daemon is stopped, or stalls, for shorter or longer than the lease. */
    DAEMON_STOPPED,
    /** kill -9 of a guard; the daemon replaces it. */
    GUARD_KILLED,
    /** Daemon and guard are stopped at once, where a watchdog stands behind them. */
    BOTH_STOPPED,
    /** A whole machine stands still and goes on before its lease is over. */
    FROZEN,
    /** A node is cut off from all others. */
    ISOLATED,
    /** The leader is cut off from all others. */
    LEADER_ISOLATED,
    /** The nodes fall apart into two sides. */
    SPLIT,
    /** Nothing gets from one node to another; the other way is open. */
    ONE_WAY,
    /** A node is heard by nobody, and hears all. */
    MUTE,
    /** A node hears nobody, and is heard by all. */
    DEAF,
    /** Two sides that only one node connects. */
    BRIDGE,
    /** Each node reaches its two neighbours only. */
    RING,
    /** A node is cut off again and again, for moments. */
    FLAPPING,
    /** What is sent to and from a node is held back, then comes all at once. */
    CLOGGED,
    /** Big messages to and from a node are lost, small ones are not. */
    NARROW,
    /** Messages are lost and doubled on all links. */
    LOSS,
    /** All messages take longer. */
    DELAY,
    /** Some messages come very late, behind newer ones. */
    REORDER,
    /** A wall clock steps. */
    WALL_STEP,
    /** A wall clock jumps to and fro. */
    WALL_STROBE,
    /** A machine's clock changes its rate, within rho. */
    DRIFT,
    /** Syncs fail: the disk is broken, full or read-only. */
    DISK_FAILS,
    /** Syncs take long. */
    DISK_SLOW,
    /** A service dies by itself. */
    RESOURCE_DIES,
    /** Starts and stops fail at random. */
    AGENTS_FAIL,
    /** Starts and stops hang at random. */
    AGENTS_HANG,
    /** What runs of an instance cannot be killed, where a watchdog stands behind the guard. */
    STUCK,
    /** Fence devices fail or are slow. */
    DEVICES_FAIL,
    /** An administrator puts a node in standby, and takes it out. */
    STANDBY,
    /** An administrator moves an instance. */
    MOVE,
    /** An administrator stops an instance, and starts it. */
    STOP,
    /** An administrator applies another document. */
    APPLY,
    /** An administrator has a node fenced. */
    FENCE,
    /** An administrator empties a node, takes it out of the cluster in good order, and starts it again. */
    LEAVE,
    /** A hold, and the daemon is away within it. */
    RESTART_IN_HOLD,
    /** A hold, and a layer is replaced within it. */
    SWAP_IN_HOLD,
    /** A layer is replaced with no hold. */
    SWAP,
    /** Other nodes vote from now on. */
    VOTERS,
    /** Every datagram of a while comes a second time, much later. */
    ECHO,
    /** A node is far away: all that is sent to and from it takes long. */
    FAR,
    /** What is sent to and from several nodes is held back, and let go in another order. */
    SWIZZLED,
    /** A daemon is killed at the moment at which an entry about its node is committed. */
    KILLED_AT_ENTRY,
    /** A daemon is killed and goes on; from that moment nobody hears it, and what was sent to it before comes again. */
    RESUMED_MUTE,
    /** A node is fenced for its silence, and again when it is back; what was said about it before comes again then. */
    FENCED_AGAIN,
    /** As soon as an EXPEL is committed, the leader or a voter is off, cut off or killed. */
    EXPEL_CUT_SHORT,
    /** A voter that refused a node is killed, and for a moment neither of the two hears the leader. */
    EXPEL_FORGOTTEN,
    /** A node far away takes a hold, and is cut off as soon as it knows that it has it. */
    HELD_FAR,
    /** A voter makes way for another, and as this is committed, a majority of either set is cut off from the other's. */
    VOTERS_SPLIT,
    /** An administrator has an instance, a node or all left alone for a while; only where copies may be promoted. */
    MAINTENANCE
}
