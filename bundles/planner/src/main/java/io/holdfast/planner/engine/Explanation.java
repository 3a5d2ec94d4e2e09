package io.holdfast.planner.engine;

import io.holdfast.planner.cluster.Words;
import java.util.ArrayList;
import java.util.List;

/** Says of each instance of a resource where it is to be and why: a sentence first, then the account of each node. */
final class Explanation {
    private final World world;

    Explanation(World world) {
        this.world = world;
    }

    /** Keeps the accounts of what is asked about. */
    static boolean trace(World world, String resource) {
        boolean found = false;
        for (Piece piece : world.byId.values()) {
            boolean asked = piece.base.equals(resource)
                    || piece.id.equals(resource)
                    || (piece.parent != null
                            && (piece.parent.base.equals(resource) || piece.parent.id.equals(resource)));
            if (asked && piece.primitive()) {
                piece.account = new Account();
                found = true;
            }
        }
        return found;
    }

    List<String> lines() {
        List<String> lines = new ArrayList<>();
        for (Piece piece : world.primitives) {
            Account account = piece.account;
            if (account != null) {
                lines.add(sentence(piece));
                for (Site site : world.sites) {
                    lines.add("    " + site.name + "  " + total(piece, site) + details(account, site));
                }
            }
        }
        return lines;
    }

    private String sentence(Piece piece) {
        String role = piece.promotable ? role(piece) : "";
        if (!piece.managed) {
            return piece.id + ": left as it is, because it is not managed" + (piece.blocked ? " since it failed" : "");
        } else if (piece.assigned < 0) {
            return piece.id + ": nowhere, because " + nowhere(piece);
        }
        String where = world.sites[piece.assigned].name;
        if (waits(piece)) {
            return piece.id + ": nowhere, because something that must come before it does not run; it would go to "
                    + where;
        }
        String verb = piece.home() == piece.assigned ? "stays on " : piece.active() ? "moves to " : "starts on ";
        return piece.id + ": " + verb + where + role + ", because " + reason(piece);
    }

    /** The role that it is to have, and whether that is a change. */
    private static String role(Piece piece) {
        boolean was = piece.role == Role.PROMOTED;
        boolean will = piece.nextRole == Role.PROMOTED;
        if (was != will && piece.active()) {
            return will ? " and is promoted" : " and is demoted";
        }
        return " (" + piece.nextRole.title.toLowerCase(java.util.Locale.ROOT) + ")";
    }

    /** Whether it has a node, and cannot start there. */
    private static boolean waits(Piece piece) {
        Step start = StepBook.find(piece, Task.START, piece.assigned);
        return start != null && !start.optional && !start.runnable;
    }

    private String nowhere(Piece piece) {
        if (Traits.target(piece) == Role.STOPPED) {
            return "target-role=Stopped asks for it";
        } else if (piece.removed) {
            return "it is not configured, or one instance too many";
        }
        return world.stopAll ? "stop-all-resources asks for it" : "no node can run it";
    }

    private String reason(Piece piece) {
        List<String> equal = new ArrayList<>();
        int usable = 0;
        int next = -Scores.INFINITY;
        int best = piece.table[piece.assigned];
        for (Site site : world.sites) {
            int score = piece.table[site.index];
            if (site.usable(score)) {
                usable++;
                if (score == best) {
                    equal.add(site.name);
                } else {
                    next = Math.max(next, score);
                }
            }
        }
        if (usable == 1) {
            return "it is the only node that can run it";
        } else if (equal.size() == 1) {
            return "it has the best score (" + text(best) + ", the next has " + text(next) + ")";
        }
        String among = "of the equally good " + String.join(", ", equal) + " ";
        return switch (piece.choice) {
            case HOME -> among + "it is the one that runs it already";
            case LOAD -> among + "it has the least to run";
            default -> among + "it is the first by name";
        };
    }

    private String total(Piece piece, Site site) {
        if (!site.usable()) {
            return "-         cannot run anything: " + condition(site);
        }
        int score = piece.table[site.index];
        return String.format("%-9s", score == Scores.ABSENT ? "unknown" : text(score));
    }

    private static String condition(Site site) {
        if (site.unclean) {
            return "to be fenced, " + site.fenceReason;
        } else if (!site.online) {
            return "not there";
        }
        return site.standby
                ? "standby"
                : site.maintenance ? "in maintenance" : site.shutdown ? "shutting down" : "pending";
    }

    private static String details(Account account, Site site) {
        List<String> parts = new ArrayList<>();
        for (Account.Line line : account.lines) {
            if (line.node() == site.index) {
                parts.add((line.score() >= 0 ? "+" : "") + text(line.score()) + " " + line.inFull());
            }
        }
        return parts.isEmpty() ? "" : " " + String.join("; ", parts);
    }

    private static String text(int score) {
        return score >= Words.INFINITY ? "INFINITY" : score <= -Words.INFINITY ? "-INFINITY" : Integer.toString(score);
    }
}
