package io.holdfast.planner.engine;

/** What an instance is on a node; the order counts. */
enum Role {
    UNKNOWN("Unknown"),
    STOPPED("Stopped"),
    STARTED("Started"),
    UNPROMOTED("Unpromoted"),
    PROMOTED("Promoted");

    final String title;

    Role(String title) {
        this.title = title;
    }

    boolean above(Role other) {
        return compareTo(other) > 0;
    }

    boolean below(Role other) {
        return compareTo(other) < 0;
    }

    static Role of(String word) {
        return switch (word) {
            case "Promoted", "Master", "promoted", "master" -> PROMOTED;
            case "Unpromoted", "Slave", "unpromoted", "slave" -> UNPROMOTED;
            case "Stopped", "stopped" -> STOPPED;
            case "Started", "started" -> STARTED;
            default -> UNKNOWN;
        };
    }
}
