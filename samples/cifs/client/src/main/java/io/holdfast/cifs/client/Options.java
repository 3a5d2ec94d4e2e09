package io.holdfast.cifs.client;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The command line. */
record Options(
        String host,
        int port,
        String share,
        String user,
        String password,
        String file,
        long blocks,
        long seconds,
        long pauseMillis,
        long requestMillis,
        Optional<Path> report) {

    static final String USAGE = """
            usage: java -jar holdfast-cifs-client.jar --host HOST --share SHARE
                [--blocks N | --seconds N]   ends after so many blocks or seconds; else when its standard input ends or a line comes
                [--report FILE]              key=value lines, written at the end
                [--port 445] [--user NAME --password TEXT] [--file holdfast-blocks.bin]
                [--pause-ms 5]               between two blocks
                [--request-ms 30000]         how long a request may wait for its answer
            """;

    static Options parse(List<String> arguments) {
        Map<String, String> values = new HashMap<>();
        Iterator<String> rest = arguments.iterator();
        while (rest.hasNext()) {
            String key = rest.next();
            if (!key.startsWith("--") || !rest.hasNext()) {
                throw new IllegalArgumentException("cannot read '" + key + "'");
            }
            values.put(key.substring(2), rest.next());
        }
        Options options = new Options(
                required(values, "host"),
                (int) number(values, "port", 445),
                required(values, "share"),
                taken(values, "user", ""),
                taken(values, "password", ""),
                taken(values, "file", "holdfast-blocks.bin"),
                number(values, "blocks", Long.MAX_VALUE),
                number(values, "seconds", 0),
                number(values, "pause-ms", 5),
                number(values, "request-ms", 30_000),
                Optional.ofNullable(values.remove("report")).map(Path::of));
        if (!values.isEmpty()) {
            throw new IllegalArgumentException("unknown: --" + String.join(" --", values.keySet()));
        }
        return options;
    }

    /** {@return whether it ends when its standard input does} */
    boolean untilTold() {
        return blocks == Long.MAX_VALUE && seconds == 0;
    }

    boolean guest() {
        return user.isEmpty();
    }

    private static String required(Map<String, String> values, String key) {
        String value = values.remove(key);
        if (value == null) {
            throw new IllegalArgumentException("--" + key + " is missing");
        }
        return value;
    }

    private static String taken(Map<String, String> values, String key, String otherwise) {
        String value = values.remove(key);
        return value == null ? otherwise : value;
    }

    private static long number(Map<String, String> values, String key, long otherwise) {
        String value = values.remove(key);
        try {
            return value == null ? otherwise : Long.parseLong(value);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("--" + key + ": '" + value + "' is not a whole number", e);
        }
    }
}
