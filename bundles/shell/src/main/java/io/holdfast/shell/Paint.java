package io.holdfast.shell;

/** Colours, or none. */
enum Paint {
    PLAIN(""),
    BOLD("1"),
    GOOD("32"),
    CARE("33"),
    BAD("31;1"),
    FAINT("2");

    private final String code;

    Paint(String code) {
        this.code = code;
    }

    String on(String text, boolean colour) {
        return colour && !code.isEmpty() && !text.isBlank() ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
    }

    static Paint ofNode(String state) {
        return switch (state) {
            case "online" -> GOOD;
            case "standby", "held", "joining" -> CARE;
            case "offline" -> FAINT;
            default -> BAD; // lost, fenced, and what is new
        };
    }

    static Paint ofResource(String state) {
        return switch (state) {
            case "active" -> GOOD;
            case "starting", "stopping" -> CARE;
            case "stopped" -> FAINT;
            default -> BAD; // failed, blocked, unknown, and what is new
        };
    }
}
