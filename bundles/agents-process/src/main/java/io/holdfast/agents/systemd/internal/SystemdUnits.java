package io.holdfast.agents.systemd.internal;

import io.holdfast.api.resource.ResourceType;
import io.holdfast.api.resource.ResourceTypes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The family of types {@code systemd:UNIT}: every service unit of this machine that has a file, by its name without {@code .service}. None
 * where systemd does not run, and none of systemd's own.
 */
@Component(service = ResourceTypes.class, property = "io.holdfast.type.prefix=" + SystemdUnits.PREFIX)
public final class SystemdUnits implements ResourceTypes {
    static final String PREFIX = "systemd:";
    private static final Logger log = LoggerFactory.getLogger(SystemdUnits.class);
    private static final String SUFFIX = ".service";

    /** Where units lie; systemd.unit(5). */
    private static final List<String> FOLDERS = List.of(
            "etc/systemd/system",
            "run/systemd/system",
            "usr/local/lib/systemd/system",
            "usr/lib/systemd/system",
            "lib/systemd/system");

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9:_.\\\\-]+(@[A-Za-z0-9:_.\\\\-]+)?");

    private final Path root;
    private final List<String> enter;

    /** Called by the framework. */
    @Activate
    public SystemdUnits() {
        this(Path.of("/"), List.of());
    }

    /**
     * @param root the root of the machine's files
     * @param enter what comes before each command, to run it on that machine
     */
    SystemdUnits(Path root, List<String> enter) {
        this.root = root;
        this.enter = enter;
    }

    @Override
    public String prefix() {
        return PREFIX;
    }

    @Override
    public List<String> names() {
        TreeSet<String> names = new TreeSet<>();
        if (!runs()) {
            return List.of();
        }
        for (String folder : FOLDERS) {
            try (Stream<Path> files = Files.list(root.resolve(folder))) {
                files.map(file -> file.getFileName().toString())
                        .filter(file -> file.endsWith(SUFFIX))
                        .map(file -> file.substring(0, file.length() - SUFFIX.length()))
                        .filter(SystemdUnits::canBeRun)
                        .forEach(unit -> names.add(PREFIX + unit));
            } catch (IOException e) {
                log.debug("No units in {}: {}", folder, e.toString()); // most machines lack one of them
            }
        }
        return List.copyOf(names);
    }

    /** sd_booted(3) */
    private boolean runs() {
        return Files.isDirectory(root.resolve("run/systemd/system"));
    }

    /** Not a template without its instance, and no part of systemd. */
    private static boolean canBeRun(String unit) {
        return NAME.matcher(unit).matches() && !unit.startsWith("systemd-");
    }

    @Override
    public Optional<ResourceType> find(String name) {
        String unit = name.substring(PREFIX.length());
        return names().contains(name)
                ? Optional.of(new UnitType(unit, new SystemControl(unit + SUFFIX, enter)))
                : Optional.empty();
    }
}
