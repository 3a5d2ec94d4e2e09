package io.holdfast.daemon;

import io.holdfast.api.resource.CloneInstance;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Remembers, in a file for each instance, as what it was started, so that a later daemon can look at it and stop it with the same
 * parameters and time limit even if they were changed or taken away meanwhile. Not forced to disk: when the machine goes, so does what ran. Blocks;
 * on workers only.
 */
final class StartedInstances {
    private static final Logger log = LoggerFactory.getLogger(StartedInstances.class);
    private static final String PARAMETER = "parameter.";
    private static final String COPY = "clone_instance";
    private static final String PROMOTED =
            "clone_promoted"; // no part of the above: a version of before takes those for all there are
    private static final String STOP_LIMIT = "stop_ms";
    private static final String IN_DAEMON = "in_daemon";
    private static final String PROCESS = "process";

    /** This process; its number alone may be another's next time. */
    private static final String THIS = ProcessHandle.current().pid() + "@"
            + ProcessHandle.current()
                    .info()
                    .startInstant()
                    .map(Instant::toEpochMilli)
                    .orElse(0L);

    private final Path folder;
    private final Path promoting;

    StartedInstances(Path base) {
        folder = base.resolve("run/started.d");
        promoting = base.resolve("run/promoting.d");
    }

    void keep(Instance instance, boolean inDaemon) throws IOException {
        Properties properties = new Properties();
        properties.setProperty("type", instance.type());
        properties.setProperty("token", Long.toString(instance.token()));
        properties.setProperty(PROCESS, THIS);
        properties.setProperty(IN_DAEMON, Boolean.toString(inDaemon));
        instance.stopLimit().ifPresent(limit -> properties.setProperty(STOP_LIMIT, Long.toString(limit.toMillis())));
        instance.copy().ifPresent(copy -> {
            properties.setProperty(
                    COPY, copy.number() + " " + copy.instances() + " " + copy.perNode() + " " + copy.unique());
            properties.setProperty(PROMOTED, Integer.toString(copy.promoted()));
        });
        instance.parameters().forEach((name, value) -> properties.setProperty(PARAMETER + name, value));
        Files.createDirectories(folder);
        Path fresh = folder.resolve("." + instance.name());
        try (Writer writer = Files.newBufferedWriter(fresh)) {
            properties.store(writer, null);
        }
        Files.move(fresh, folder.resolve(instance.name()), StandardCopyOption.ATOMIC_MOVE);
    }

    /** A promotion begins; until {@link #promotionOver} it may take effect at any time, whatever becomes of this daemon. */
    void promotionBegins(String instance) throws IOException {
        Files.createDirectories(promoting);
        Files.write(promoting.resolve(instance), new byte[0]);
    }

    /** Nothing of the promotion is to come any more. */
    void promotionOver(String instance) {
        try {
            Files.deleteIfExists(promoting.resolve(instance));
        } catch (IOException e) {
            log.warn("{} cannot be deleted; {} will be killed after a restart of the daemon", promoting, instance, e);
        }
    }

    /** {@return the instances that were being promoted} */
    Set<String> promoting() throws IOException {
        if (!Files.isDirectory(promoting)) {
            return Set.of();
        }
        try (Stream<Path> files = Files.list(promoting)) {
            return files.map(file -> file.getFileName().toString()).collect(Collectors.toSet());
        }
    }

    void drop(String instance) {
        promotionOver(instance);
        try {
            Files.deleteIfExists(folder.resolve(instance));
        } catch (IOException e) {
            log.warn("{} cannot be deleted; {} will be looked at once more after a restart", folder, instance, e);
        }
    }

    Map<String, Instance> all() {
        Map<String, Instance> found = new TreeMap<>();
        if (!Files.isDirectory(folder)) {
            return found;
        }
        try (Stream<Path> files = Files.list(folder)) {
            files.filter(file -> !file.getFileName().toString().startsWith(".")).forEach(file -> {
                try {
                    Instance instance = read(file);
                    found.put(instance.name(), instance);
                } catch (IOException | IllegalArgumentException e) {
                    log.warn("{} cannot be read; what it tells of is looked at as it is configured now", file, e);
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return found;
    }

    /** {@return those that a daemon in another process started: what of them runs in a daemon's JVM went with that} */
    Set<String> ofOtherProcesses() {
        return those(properties -> !ofThisProcess(properties));
    }

    /** {@return those that run in this JVM, where they cannot be killed} */
    Set<String> inThisDaemon() {
        return those(properties ->
                ofThisProcess(properties) && Boolean.parseBoolean(properties.getProperty(IN_DAEMON, "false")));
    }

    private static boolean ofThisProcess(Properties properties) {
        return properties.getProperty(PROCESS, THIS).equals(THIS);
    }

    private Set<String> those(Predicate<Properties> which) {
        Set<String> names = new TreeSet<>();
        for (String name : all().keySet()) {
            try {
                if (which.test(properties(folder.resolve(name)))) {
                    names.add(name);
                }
            } catch (IOException e) {
                log.debug("What {} was started as cannot be read any more", name, e);
            }
        }
        return names;
    }

    private static Properties properties(Path file) throws IOException {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            properties.load(reader);
        }
        return properties;
    }

    private static Instance read(Path file) throws IOException {
        Properties properties = properties(file);
        String type = properties.getProperty("type");
        if (type == null) {
            throw new IOException("no type in it");
        }
        Map<String, String> parameters = new TreeMap<>();
        for (String key : properties.stringPropertyNames()) {
            if (key.startsWith(PARAMETER)) {
                parameters.put(key.substring(PARAMETER.length()), properties.getProperty(key));
            }
        }
        return new Instance(
                file.getFileName().toString(),
                type,
                parameters,
                Long.parseLong(properties.getProperty("token", "0")),
                Map.of(),
                Optional.ofNullable(properties.getProperty(COPY))
                        .map(copy -> copy(copy, properties.getProperty(PROMOTED, "0"))),
                Optional.ofNullable(properties.getProperty(STOP_LIMIT))
                        .map(ms -> Duration.ofMillis(Long.parseLong(ms))),
                OptionalLong.empty());
    }

    private static CloneInstance copy(String text, String promoted) {
        String[] parts = text.split(" ", 4);
        if (parts.length < 4) {
            throw new IllegalArgumentException(COPY + " has " + parts.length + " parts");
        }
        return new CloneInstance(
                Integer.parseInt(parts[0]),
                Integer.parseInt(parts[1]),
                Integer.parseInt(parts[2]),
                Boolean.parseBoolean(parts[3]),
                Integer.parseInt(promoted));
    }
}
