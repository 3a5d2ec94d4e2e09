package io.holdfast.agents.process.internal;

import io.holdfast.api.resource.Parameter;
import io.holdfast.api.resource.Parameter.Kind;
import io.holdfast.api.resource.Problem;
import io.holdfast.api.resource.ResourceContext;
import io.holdfast.api.resource.ResourceException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The parameters of one process, checked. */
record ProcessSettings(
        List<String> command,
        Optional<Path> directory,
        Map<String, String> environment,
        Optional<String> user,
        Optional<InetSocketAddress> readyPort,
        Optional<Path> readyFile,
        List<String> readyCommand,
        String signal,
        Duration grace) {

    /** In the order in which people should read them. */
    static final List<Parameter> PARAMETERS = List.of(
            Parameter.required(
                    "command", Kind.STRING, "Program and arguments, quoted as in a shell; stays in the foreground"),
            Parameter.optional("directory", Kind.STRING, "Where it runs; by default /"),
            Parameter.optional("environment", Kind.STRING, "NAME=value words, quoted as in a shell"),
            Parameter.optional("user", Kind.STRING, "Account that it runs as; by default that of the daemon"),
            Parameter.optional(
                    "ready.port", Kind.STRING, "It serves when this PORT or ADDRESS:PORT accepts connections"),
            Parameter.optional("ready.file", Kind.STRING, "It serves when this file is there; removed before a start"),
            Parameter.optional("ready.command", Kind.STRING, "It serves when this command ends with status 0"),
            Parameter.optional("stop.signal", Kind.STRING, "TERM", "Signal that asks it to end"),
            Parameter.optional("stop.grace", Kind.DURATION, "10s", "Time that it has to end before it is killed"));

    private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h)");
    private static final Pattern SIGNAL = Pattern.compile("(?:SIG)?([A-Z][A-Z0-9+-]{1,9}|[1-9]\\d?)");
    private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

    /** Reads what the type was given, or throws with everything that is wrong. */
    static ProcessSettings of(ResourceContext context) throws ResourceException {
        List<Problem> problems = new ArrayList<>();
        ProcessSettings settings = read(context.parameters(), problems);
        if (!problems.isEmpty()) {
            throw new ResourceException(
                    problems.stream().map(Problem::toString).collect(Collectors.joining("; ")), true);
        }
        return settings;
    }

    /** Reads what the type was given; what is wrong is added to {@code problems}, and then the result is of no use. */
    static ProcessSettings read(Map<String, String> values, List<Problem> problems) {
        Reader reader = new Reader(values, problems);
        List<String> command = reader.words("command");
        if (command.isEmpty()) {
            reader.problem("command: is empty", "give a program and its arguments");
        }
        Optional<Path> directory = reader.value("directory").map(Path::of);
        directory
                .filter(path -> !path.isAbsolute())
                .ifPresent(
                        path -> reader.problem("directory: '" + path + "' is not an absolute path", "begin it with /"));
        return new ProcessSettings(
                command,
                directory,
                reader.environment(),
                reader.value("user"),
                reader.value("ready.port").flatMap(reader::port),
                reader.value("ready.file")
                        .map(file -> directory.orElse(Path.of("/")).resolve(file)),
                reader.words("ready.command"),
                reader.signal(),
                reader.grace());
    }

    private record Reader(Map<String, String> values, List<Problem> problems) {

        void problem(String what, String fix) {
            problems.add(new Problem(what, fix));
        }

        Optional<String> value(String name) {
            return Optional.ofNullable(values.get(name)).map(String::strip).filter(text -> !text.isEmpty());
        }

        List<String> words(String name) {
            try {
                return Words.of(value(name).orElse(""));
            } catch (IllegalArgumentException e) {
                problem(name + ": " + e.getMessage(), "quote it as in a shell");
                return List.of();
            }
        }

        Map<String, String> environment() {
            Map<String, String> environment = new LinkedHashMap<>();
            for (String word : words("environment")) {
                int equals = word.indexOf('=');
                if (equals < 1 || !NAME.matcher(word.substring(0, equals)).matches()) {
                    problem(
                            "environment: '" + word + "' is not NAME=value",
                            "write NAME=value, with quotes around blanks");
                } else {
                    environment.put(word.substring(0, equals), word.substring(equals + 1));
                }
            }
            return environment;
        }

        Optional<InetSocketAddress> port(String text) {
            int colon = text.lastIndexOf(':');
            try {
                int port = Integer.parseInt(text.substring(colon + 1));
                String host = colon < 0 ? "127.0.0.1" : text.substring(0, colon).replaceAll("^\\[|]$", "");
                if (port > 0 && port < 65536 && host.matches("[0-9a-fA-F:.]+")) { // an address: names may hang
                    return Optional.of(new InetSocketAddress(host, port));
                }
            } catch (NumberFormatException e) {
                // told below
            }
            problem(
                    "ready.port: '" + text + "' is not PORT or ADDRESS:PORT",
                    "write for example 8080 or 10.77.0.5:8080");
            return Optional.empty();
        }

        String signal() {
            Matcher matcher = SIGNAL.matcher(value("stop.signal").orElse("TERM").toUpperCase(Locale.ROOT));
            if (!matcher.matches()) {
                problem("stop.signal: '" + values.get("stop.signal") + "' is not a signal", "use TERM, INT, QUIT ...");
                return "TERM";
            }
            return matcher.group(1);
        }

        Duration grace() {
            Matcher matcher = DURATION.matcher(value("stop.grace").orElse("10s"));
            if (!matcher.matches()) {
                problem(
                        "stop.grace: '" + values.get("stop.grace") + "' is not a time",
                        "write for example 500ms, 10s or 2m");
                return Duration.ofSeconds(10);
            }
            long number = Long.parseLong(matcher.group(1));
            return switch (matcher.group(2)) {
                case "ms" -> Duration.ofMillis(number);
                case "s" -> Duration.ofSeconds(number);
                case "m" -> Duration.ofMinutes(number);
                default -> Duration.ofHours(number);
            };
        }
    }
}
