package io.holdfast.ledger;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Properties;
import java.util.UUID;

/**
 * The file beside the log that says that this node once had one: without it, a voter whose disk was wiped would vote again as if it
 * had never voted.
 *
 * @param format version of everything below the ledger's folder
 * @param role what the node was last
 * @param begun whether the log was opened once: then its absence means that it was lost
 */
record Identity(int format, String cluster, UUID group, String node, Role role, boolean begun) {
    /** The newest format that this version can read. */
    static final int FORMAT = 1;

    enum Role {
        VOTER,
        /** About to be made a voter: begins with nothing, and must not lose what it gets. */
        JOINING,
        READER
    }

    Identity as(Role newRole, boolean nowBegun) {
        return new Identity(format, cluster, group, node, newRole, nowBegun);
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
                throw new Refusal(
                        Refusal.Cure.NONE,
                        file + " has format " + format + ", and this version reads up to " + FORMAT
                                + ": the log was written by a newer version of Holdfast",
                        "install the newer version again; nothing was changed");
            }
            return Optional.of(new Identity(
                    format,
                    required(p, "cluster"),
                    UUID.fromString(required(p, "group")),
                    required(p, "node"),
                    Role.valueOf(required(p, "role")),
                    Boolean.parseBoolean(required(p, "begun"))));
        } catch (IllegalArgumentException e) {
            throw unreadable(file);
        }
    }

    void save(Path file) throws IOException {
        String text = "# Says that this node once had the log beside it. Do not delete: see `ha:voter replace`.\n"
                + "format=" + format + "\ncluster=" + cluster + "\ngroup=" + group + "\nnode=" + node + "\nrole=" + role
                + "\nbegun=" + begun + "\n";
        Disk.replace(file, text.getBytes(StandardCharsets.UTF_8));
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
