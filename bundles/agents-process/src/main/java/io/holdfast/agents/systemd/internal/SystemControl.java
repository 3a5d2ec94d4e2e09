package io.holdfast.agents.systemd.internal;

import io.holdfast.api.resource.Command;
import io.holdfast.api.resource.CommandResult;
import io.holdfast.api.resource.ResourceContext;
import io.holdfast.api.resource.ResourceException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Asks systemd about one unit, and tells it what to do. */
final class SystemControl {
    private static final Map<String, String> ENVIRONMENT = Map.of("LC_ALL", "C", "SYSTEMD_PAGER", "");

    private static final List<String> PROPERTIES = List.of(
            "LoadState",
            "ActiveState",
            "SubState",
            "Result",
            "Type",
            "RemainAfterExit",
            "RefuseManualStart",
            "UnitFileState",
            "WantedBy",
            "RequiredBy",
            "UpheldBy",
            "BoundBy",
            "TriggeredBy");

    /**
     * Ends the unit whatever it does, and proves it. Systemd is told first, so that it starts nothing again; then the kernel kills what
     * is in the unit's cgroup, the commands included with which systemd would stop it, again until systemd has nothing more to run.
     */
    private static final String END = """
            unit=$1
            folder() {
                while read -r _ cgroups kind _; do
                    [ "$kind" = cgroup2 ] && [ -e "$cgroups$1/cgroup.events" ] && echo "$cgroups$1" && return
                done </proc/mounts
            }
            state() { systemctl show --property=ActiveState --value "$unit"; }
            # what is not loaded (any more) cannot be stopped, and does not run
            systemctl --no-ask-password --no-block stop "$unit" || [ "$(state)" = inactive ] || exit 1
            for try in 1 2 3 4 5 6 7 8; do
                group=$(systemctl show --property=ControlGroup --value "$unit") || exit 1
                folder=$(folder "$group")
                if [ -n "$group" ] && [ -n "$folder" ] && grep -q 'populated 1' "$folder/cgroup.events"; then
                    echo 1 >"$folder/cgroup.kill" || exit 1
                else
                    case $(state) in inactive | failed) exit 0 ;; esac
                fi
                sleep 0.005
            done
            exit 1
            """;

    private final String unit;
    private final List<String> enter;

    SystemControl(String unit, List<String> enter) {
        this.unit = unit;
        this.enter = enter;
    }

    String unit() {
        return unit;
    }

    private Command command(Stream<String> words) {
        List<String> argv = new ArrayList<>(enter);
        words.forEach(argv::add);
        return new Command(argv, ENVIRONMENT, "");
    }

    private Command systemctl(String... words) {
        return command(Stream.concat(Stream.of("systemctl", "--no-ask-password"), Stream.of(words)));
    }

    /** {@return what ends the unit for certain} */
    Command end() {
        return command(Stream.of("sh", "-c", END, "end-unit", unit));
    }

    /** {@return what runs as long as the unit does, in the instance's cell, so that its death is noticed at once} */
    Command follow() {
        return systemctl("--wait", "start", unit);
    }

    /** {@return whether a folder as cgroup v2 makes it for a unit can be killed whole} */
    Command canKill() {
        return command(Stream.of(
                "sh",
                "-c",
                "while read -r _ cgroups kind _; do [ \"$kind\" = cgroup2 ] && [ -w \"$cgroups/init.scope/cgroup.kill\" ] && exit 0;"
                        + " done </proc/mounts; exit 1"));
    }

    CommandResult start(ResourceContext context) throws ResourceException, InterruptedException {
        return context.run(systemctl("start", unit));
    }

    CommandResult stop(ResourceContext context) throws ResourceException, InterruptedException {
        return context.run(systemctl("stop", unit));
    }

    void forgetFailure(ResourceContext context) throws ResourceException, InterruptedException {
        context.run(systemctl("reset-failed", unit));
    }

    /** {@return what systemd knows of the unit; every property has a value, empty if systemd does not know it} */
    Map<String, String> properties(ResourceContext context) throws ResourceException, InterruptedException {
        return show(context, unit);
    }

    private Map<String, String> show(ResourceContext context, String of)
            throws ResourceException, InterruptedException {
        CommandResult result = context.run(systemctl("show", "--property=" + String.join(",", PROPERTIES), of));
        if (!result.succeeded()) {
            throw new ResourceException("systemctl show " + of + ": " + said(result));
        }
        Map<String, String> found = new HashMap<>();
        PROPERTIES.forEach(property -> found.put(property, ""));
        result.output()
                .lines()
                .filter(line -> line.contains("="))
                .forEach(
                        line -> found.put(line.substring(0, line.indexOf('=')), line.substring(line.indexOf('=') + 1)));
        return found;
    }

    /** {@return those of {@code units} that are active or will be after the next boot} */
    List<String> alive(ResourceContext context, List<String> units) throws ResourceException, InterruptedException {
        List<String> alive = new ArrayList<>();
        for (String other : units) {
            Map<String, String> found = show(context, other);
            if (found.getOrDefault("ActiveState", "").equals("active")
                    || found.getOrDefault("UnitFileState", "").startsWith("enabled")) {
                alive.add(other);
            }
        }
        return alive;
    }

    static String said(CommandResult result) {
        String text = (result.errors().isBlank() ? result.output() : result.errors())
                .strip()
                .replaceAll("\\s+", " ");
        return text.isEmpty() ? "it ended with status " + result.status() : text;
    }
}
