package io.holdfast.guard;

import io.holdfast.guard.settings.Settings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a guard needs to know. A guard that replaces another is given the very same, on its command line: it must not depend on a
 * settings file that an administrator is just editing.
 *
 * @param base the node's base folder
 * @param node its name
 * @param cgroup see {@link Settings#cgroup}
 * @param watchdog device to feed
 * @param watchdogTimeout its time-out where the kernel does not tell
 * @param kill {@code K} without a watchdog
 * @param spareAfter how long after its start a guard keeps a spare: a node that starts has more urgent work
 * @param daemon the command that starts the daemon; empty if it is not the guard's to start
 */
record Options(
        Path base,
        String node,
        Optional<String> cgroup,
        Optional<Path> watchdog,
        Optional<Duration> watchdogTimeout,
        Duration kill,
        Duration spareAfter,
        List<String> daemon) {

    static final Duration SPARE_AFTER = Duration.ofSeconds(10);

    static Options of(Path base, Settings settings, List<String> daemon) {
        return new Options(
                base,
                settings.node(),
                settings.cgroup(),
                settings.watchdog(),
                settings.watchdogTimeout(),
                settings.guardKill(),
                SPARE_AFTER,
                daemon);
    }

    Options keepingASpareAfter(Duration span) {
        return new Options(base, node, cgroup, watchdog, watchdogTimeout, kill, span, daemon);
    }

    /** {@return the arguments after {@code guard} from which {@link Main} makes the same options} */
    List<String> arguments() {
        List<String> arguments = new ArrayList<>(List.of("--base", base.toString(), "--node", node));
        arguments.addAll(List.of("--kill-ms", Long.toString(kill.toMillis())));
        arguments.addAll(List.of("--spare-ms", Long.toString(spareAfter.toMillis())));
        cgroup.ifPresent(folder -> arguments.addAll(List.of("--cgroup", folder)));
        watchdog.ifPresent(device -> arguments.addAll(List.of("--watchdog", device.toString())));
        watchdogTimeout.ifPresent(
                timeout -> arguments.addAll(List.of("--watchdog-ms", Long.toString(timeout.toMillis()))));
        if (!daemon.isEmpty()) {
            arguments.add("--daemon");
            arguments.addAll(daemon);
        }
        return arguments;
    }
}
