package io.holdfast.guard.settings;

import io.holdfast.guard.settings.Settings.VoterAddress;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/** Reads a node's settings from {@code etc/holdfast.cfg} and the environment, which wins, and checks every one. */
public final class SettingsReader {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");
    private static final String NAME_RULE =
            "a name of up to 63 letters, digits, '.', '_' and '-', which begins with a letter or digit";
    private static final Duration SHORTEST_LEASE = Duration.ofMillis(300);
    private static final Duration LONGEST_LEASE = Duration.ofSeconds(60);
    /** Ports up to base + 3 are used. */
    private static final int LAST_PORT = 65_535 - 3;

    private static final Set<String> KEYS = new TreeSet<>(List.of(
            "cluster",
            "node",
            "bind",
            "port",
            "voters",
            "role",
            "lease",
            "alone",
            "alone.delay",
            "alone.start",
            "ocf.root",
            "watchdog",
            "watchdog.timeout",
            "clock",
            "disk.paths",
            "deploy.keys",
            "guard.kill",
            "cgroup",
            "heap",
            "java.options",
            "ssh",
            "ssh.bind"));

    private final Path base;
    private final Predicate<InetAddress> ours;
    private final List<String> problems = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();
    private final Map<String, String> all = new TreeMap<>();
    private final SettingsFile file;

    private SettingsReader(Path base, Map<String, String> environment, Predicate<InetAddress> ours) {
        this.base = base;
        this.ours = ours;
        file = new SettingsFile(KEYS, problems);
        file.read(base.resolve("etc").resolve("holdfast.cfg"));
        file.read(environment);
    }

    /**
     * Reads and checks the settings of the node with that base folder.
     *
     * @throws SettingsException naming every problem at once
     */
    public static Settings read(Path base, Map<String, String> environment) throws SettingsException {
        return read(base, environment, NodeAddress::isOurs);
    }

    static Settings read(Path base, Map<String, String> environment, Predicate<InetAddress> ours)
            throws SettingsException {
        return new SettingsReader(base, environment, ours).settings();
    }

    /** {@return the known keys, sorted} */
    public static Set<String> keys() {
        return Set.copyOf(KEYS);
    }

    private Settings settings() throws SettingsException {
        String cluster = value("cluster", "", () -> "holdfast", NAME_RULE, SettingsReader::name);
        String node = value("node", "", NodeAddress::hostName, NAME_RULE, SettingsReader::name);
        InetAddress bind = value(
                "bind",
                InetAddress.getLoopbackAddress(),
                () -> NodeAddress.first().getHostAddress(),
                "an IP address of this machine",
                text -> NodeAddress.literal(text).filter(ours));
        int port =
                value("port", 7800, () -> "7800", "a number from 1 to " + LAST_PORT, text -> number(text, LAST_PORT));
        boolean witness = value("role", "", () -> "node", "node or witness", text -> choice(text, "node", "witness"))
                .equals("witness");
        Duration lease = value(
                "lease",
                Duration.ofSeconds(2),
                () -> "2s",
                "a duration such as 500ms or 2s, from 300ms to 60s",
                text -> Durations.parse(text)
                        .filter(span -> span.compareTo(SHORTEST_LEASE) >= 0 && span.compareTo(LONGEST_LEASE) <= 0));
        List<Path> ocfRoots = value(
                "ocf.root",
                List.of(),
                () -> "/usr/lib/ocf",
                "absolute folders separated by ':'",
                SettingsReader::paths);
        List<Path> disks = value(
                "disk.paths",
                List.of(),
                () -> base.toAbsolutePath().toString(),
                "absolute folders separated by ':'",
                SettingsReader::paths);
        Optional<Path> watchdog = optional(
                "watchdog",
                "the absolute path of a device, or none",
                text -> text.equals("none") ? none() : path(text));
        Optional<Duration> timeout = optional(
                "watchdog.timeout",
                "a duration from 1s to 10m",
                text -> Durations.parse(text).filter(span -> span.toMillis() >= 1_000 && span.toMillis() <= 600_000));
        boolean weakClock = value("clock", "", () -> "strong", "weak or strong", text -> choice(text, "weak", "strong"))
                .equals("weak");
        Duration kill = value(
                "guard.kill",
                Duration.ofMillis(250),
                () -> "250ms",
                "a duration from 50ms to 15m",
                text -> Durations.parse(text).filter(span -> span.toMillis() >= 50 && span.toMillis() <= 900_000));
        Optional<String> cgroup = optional(
                "cgroup",
                "none, or an absolute folder in a mounted cgroup v2",
                text -> text.equals("none") || text.startsWith("/") ? Optional.of(text) : Optional.empty());
        optional(
                "deploy.keys",
                "the absolute path of a folder with certificates, or none",
                text -> text.equals("none") ? none() : path(text));
        value("ssh", "", () -> "off", "on or off", text -> choice(text, "on", "off"));
        value(
                "ssh.bind",
                "",
                () -> "127.0.0.1",
                "an IP address",
                text -> NodeAddress.literal(text).map(address -> text));
        value("heap", "", () -> "192m", "a size such as 192m or 1g, from 96m", SettingsReader::heap);
        value("java.options", "", () -> "", "options of the Java virtual machine", Optional::of);
        List<VoterAddress> voters = voters(node, bind, port);
        alone(voters);
        if (!problems.isEmpty()) {
            throw new SettingsException(problems);
        }
        return new Settings(
                cluster,
                node,
                bind.getHostAddress(),
                port,
                voters,
                witness,
                lease,
                ocfRoots,
                watchdog,
                timeout,
                weakClock,
                disks,
                kill,
                cgroup,
                Map.copyOf(all),
                List.copyOf(warnings));
    }

    /** What one of two voters does without the other. */
    private void alone(List<VoterAddress> voters) {
        boolean fenced = value("alone", "", () -> "never", "never or fenced", text -> choice(text, "never", "fenced"))
                .equals("fenced");
        value("alone.start", "", () -> "ask", "ask or wait", text -> choice(text, "ask", "wait"));
        optional(
                        "alone.delay",
                        "a duration such as 0s or 5s, up to 60s",
                        text -> Durations.parse(text).filter(span -> span.compareTo(LONGEST_LEASE) <= 0))
                .ifPresent(delay -> all.put("alone.delay", delay.toMillis() + "ms"));
        SettingsFile.Entry entry = file.entries().get("alone");
        if (fenced && entry != null && voters.size() != 2) {
            complain(
                    entry,
                    "alone",
                    "fenced",
                    "never, or voters two: with " + voters.size() + " of them a majority decides");
        }
        if (!fenced && voters.size() == 2) {
            warnings.add(
                    "voters: when one of two is lost, nothing runs until it is back or 'ha confirm-fenced'; add a witness, or"
                            + " fence devices and alone = fenced");
        }
    }

    private static <T> Optional<T> none() {
        return Optional.empty();
    }

    private List<VoterAddress> voters(String node, InetAddress bind, int port) {
        SettingsFile.Entry entry = file.entries().get("voters");
        if (entry == null || entry.value().isEmpty()) {
            all.put("voters", node + "=" + bind.getHostAddress() + ":" + port);
            return List.of(new VoterAddress(node, bind.getHostAddress(), port));
        }
        all.put("voters", entry.value());
        List<VoterAddress> voters = new ArrayList<>();
        Set<String> names = new HashSet<>();
        Map<String, String> places = new HashMap<>();
        for (String part : entry.value().split(",", -1)) {
            Optional<VoterAddress> parsed = voter(part.strip(), port);
            if (parsed.isEmpty()) {
                complain(
                        entry,
                        "voters",
                        part.strip(),
                        "name=address or name=address:port, separated by ','; [..] around IPv6");
                continue;
            }
            VoterAddress voter = parsed.get();
            if (!names.add(voter.name())) {
                complain(entry, "voters", part.strip(), "each name once; " + voter.name() + " is there twice");
            }
            String other = places.putIfAbsent(voter.address() + " " + voter.port(), voter.name());
            if (other != null) {
                complain(entry, "voters", part.strip(), "each address and port once; " + other + " has it too");
            }
            voters.add(voter);
        }
        voters.stream().filter(voter -> voter.name().equals(node)).forEach(own -> checkOwn(entry, own, bind, port));
        if (voters.size() % 2 == 0 && voters.size() != 2) {
            warnings.add(entry.place() + ": voters = " + entry.value()
                    + ": an even number of voters bears no more losses than one" + " less; add a witness");
        }
        return voters;
    }

    private void checkOwn(SettingsFile.Entry entry, VoterAddress own, InetAddress bind, int port) {
        Optional<InetAddress> address = NodeAddress.literal(own.address());
        if (address.filter(other -> !other.equals(bind)).isPresent() || own.port() != port) {
            complain(
                    entry,
                    "voters",
                    own.name() + "=" + own.address() + ":" + own.port(),
                    "this node listens on " + bind.getHostAddress() + " port " + port
                            + " (bind, port); the others would not find it");
        }
    }

    private static Optional<VoterAddress> voter(String text, int defaultPort) {
        int equals = text.indexOf('=');
        if (equals <= 0 || !NAME.matcher(text.substring(0, equals).strip()).matches()) {
            return Optional.empty();
        }
        String name = text.substring(0, equals).strip();
        String place = text.substring(equals + 1).strip();
        int colon = place.lastIndexOf(':');
        boolean bracketed = place.startsWith("[");
        boolean bareV6 = !bracketed && place.indexOf(':') != colon;
        Optional<Integer> port = Optional.of(defaultPort);
        if (colon >= 0 && !bareV6 && colon > place.indexOf(']')) {
            port = number(place.substring(colon + 1), LAST_PORT);
            place = place.substring(0, colon);
        }
        String address = bracketed && place.endsWith("]") ? place.substring(1, place.length() - 1) : place;
        boolean usable = !address.isEmpty() && (NodeAddress.literal(address).isPresent() || hostName(address));
        return usable ? port.map(number -> new VoterAddress(name, address, number)) : Optional.empty();
    }

    /** A host name ends with a letter somewhere; what has only digits and dots is a misspelt address. */
    private static boolean hostName(String text) {
        return NAME.matcher(text).matches() && text.chars().anyMatch(c -> Character.isLetter(c));
    }

    private <T> T value(
            String key, T instead, Supplier<String> fallback, String rule, Function<String, Optional<T>> parse) {
        SettingsFile.Entry given = file.entries().get(key);
        SettingsFile.Entry entry = given != null && !given.value().isEmpty()
                ? given
                : new SettingsFile.Entry(fallback.get(), given == null ? key + " (not set)" : given.place());
        all.put(key, entry.value());
        Optional<T> value = parse.apply(entry.value());
        if (value.isPresent()) {
            return value.get();
        }
        complain(entry, key, entry.value(), rule);
        return instead; // goes on, so that every problem is found in one run; the settings are refused at the end
    }

    private <T> Optional<T> optional(String key, String rule, Function<String, Optional<T>> parse) {
        SettingsFile.Entry entry = file.entries().get(key);
        if (entry == null || entry.value().isEmpty()) {
            return Optional.empty();
        }
        all.put(key, entry.value());
        Optional<T> value = parse.apply(entry.value());
        if (value.isEmpty() && !entry.value().equals("none")) {
            complain(entry, key, entry.value(), rule);
        }
        return value;
    }

    private void complain(SettingsFile.Entry entry, String key, String value, String rule) {
        problems.add(entry.place() + ": " + key + " = " + value + ": must be " + rule);
    }

    private static Optional<String> name(String text) {
        return Optional.of(text).filter(NAME.asMatchPredicate());
    }

    private static Optional<String> choice(String text, String... allowed) {
        return Optional.of(text).filter(Arrays.asList(allowed)::contains);
    }

    private static Optional<Integer> number(String text, int most) {
        if (!text.matches("\\d{1,9}")) {
            return Optional.empty();
        }
        int number = Integer.parseInt(text);
        return number >= 1 && number <= most ? Optional.of(number) : Optional.empty();
    }

    private static Optional<String> heap(String text) {
        boolean size = text.matches("[1-9]\\d{0,5}[mMgG]");
        boolean megabytes = size && Character.toLowerCase(text.charAt(text.length() - 1)) == 'm';
        return size && (!megabytes || Integer.parseInt(text.substring(0, text.length() - 1)) >= 96)
                ? Optional.of(text)
                : Optional.empty();
    }

    private static Optional<Path> path(String text) {
        return text.startsWith("/") && text.indexOf('\0') < 0 ? Optional.of(Path.of(text)) : Optional.empty();
    }

    private static Optional<List<Path>> paths(String text) {
        List<Optional<Path>> parts =
                Arrays.stream(text.split(":")).map(SettingsReader::path).toList();
        return parts.stream().allMatch(Optional::isPresent)
                ? Optional.of(parts.stream().map(Optional::orElseThrow).toList())
                : Optional.empty();
    }
}
