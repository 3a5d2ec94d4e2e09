package io.holdfast.ledger;

import io.holdfast.model.ledger.History;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.UUID;

/**
 * The file beside the log that says that this node once had one: without it, a voter whose disk was wiped would vote again as if it
 * had never voted.
 *
 * @param history which log it is; its id names the folder
 * @param role what the node was last
 * @param begun whether the log was opened once: then its absence means that it was lost
 */
record Identity(String cluster, History history, String node, Role role, boolean begun) {
    /** The newest format that this version can read: 2 since a voter can go on alone, written only where one did. */
    static final int FORMAT = 2;

    enum Role {
        VOTER,
        /** About to be made a voter: begins with nothing, and must not lose what it gets. */
        JOINING,
        READER
    }

    Identity as(Role newRole, boolean nowBegun) {
        return new Identity(cluster, history, node, newRole, nowBegun);
    }

    /** {@return the same part in another history, in which nothing is stored yet or everything} */
    Identity in(History other, Role newRole, boolean nowBegun) {
        return new Identity(cluster, other, node, newRole, nowBegun);
    }

    UUID group() {
        return UUID.fromString(history.id());
    }

    static Optional<Identity> load(Path file) throws IOException, Refusal {
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        Properties p = new Properties();
        try (var in = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            p.load(in);
        } catch (IllegalArgumentException e) {
            throw unreadable(file);
        }
        try {
            int format = Integer.parseInt(p.getProperty("format", ""));
            if (format > FORMAT) {
                throw Refusal.tooOld(
                        file + " has format " + format + ", and this version reads up to " + FORMAT
                                + ": the log was written by a newer version of Holdfast",
                        "install the newer version again; nothing was changed");
            }
            return Optional.of(new Identity(
                    required(p, "cluster"),
                    new History(
                            Long.parseLong(p.getProperty("epoch", "0")),
                            UUID.fromString(required(p, "group")).toString(),
                            names(p.getProperty("ancestors", ""))),
                    required(p, "node"),
                    Role.valueOf(required(p, "role")),
                    Boolean.parseBoolean(required(p, "begun"))));
        } catch (IllegalArgumentException e) {
            throw unreadable(file);
        }
    }

    void save(Path file) throws IOException {
        String text = "# Says that this node once had the log beside it. Do not delete: see `ha:voter replace`.\n"
                + "format=" + (history.epoch() == 0 ? 1 : FORMAT) + "\ncluster=" + cluster + "\ngroup=" + history.id()
                + "\nnode=" + node + "\nrole=" + role + "\nbegun=" + begun
                + (history.epoch() == 0
                        ? ""
                        : "\nepoch=" + history.epoch() + "\nancestors=" + String.join(" ", history.ancestors()))
                + "\n";
        Disk.replace(file, text.getBytes(StandardCharsets.UTF_8));
    }

    private static List<String> names(String text) {
        return text.isBlank() ? List.of() : List.of(text.trim().split(" "));
    }

    private static String required(Properties p, String key) {
        String value = p.getProperty(key);
        if (value == null) {
            throw new IllegalArgumentException(key);
        }
        return value;
    }

    private static Refusal unreadable(Path file) {
        return new Refusal(
                Refusal.Cure.NONE,
                file + " cannot be understood: it is damaged",
                "run `ha:voter replace` for this node on a node that is well; it gets the log anew");
    }
}
