package io.holdfast.planner.engine;

/** What a failed operation leads to; the later ones outweigh the earlier. */
enum Failure {
    IGNORE,
    DEMOTE,
    RESTART,
    RESTART_CONTAINER,
    BAN,
    BLOCK,
    STOP,
    STANDBY,
    FENCE
}
