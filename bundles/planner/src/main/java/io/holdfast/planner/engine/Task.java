package io.holdfast.planner.engine;

/** What a step does; the second half are marks at which others wait. */
enum Task {
    START("start"),
    STOP("stop"),
    PROMOTE("promote"),
    DEMOTE("demote"),
    MIGRATE_TO("migrate_to"),
    MIGRATE_FROM("migrate_from"),
    RELOAD("reload"),
    FENCE("fence"),
    UNFENCE("unfence"),
    SHUTDOWN("shutdown"),
    STARTED("started"),
    STOPPED("stopped"),
    PROMOTED("promoted"),
    DEMOTED("demoted"),
    ENOUGH("enough"),
    ROOM("room");

    final String word;

    Task(String word) {
        this.word = word;
    }

    /** The mark that it is done everywhere. */
    Task done() {
        return switch (this) {
            case START -> STARTED;
            case STOP -> STOPPED;
            case PROMOTE -> PROMOTED;
            case DEMOTE -> DEMOTED;
            default -> this;
        };
    }

    /** What a mark is about. */
    Task plain() {
        return switch (this) {
            case STARTED -> START;
            case STOPPED -> STOP;
            case PROMOTED -> PROMOTE;
            case DEMOTED -> DEMOTE;
            default -> this;
        };
    }

    boolean down() {
        Task plain = plain();
        return plain == STOP || plain == DEMOTE;
    }

    Task opposite() {
        return switch (this) {
            case START -> STOP;
            case STOP -> START;
            case PROMOTE -> DEMOTE;
            case DEMOTE -> PROMOTE;
            default -> this;
        };
    }

    static Task of(String word) {
        return switch (word) {
            case "stop" -> STOP;
            case "promote" -> PROMOTE;
            case "demote" -> DEMOTE;
            default -> START;
        };
    }
}
