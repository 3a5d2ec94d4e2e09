package io.holdfast.agents.systemd.internal;

import io.holdfast.api.resource.CommandResult;
import io.holdfast.api.resource.Health;
import io.holdfast.api.resource.Problem;
import io.holdfast.api.resource.ResourceContext;
import io.holdfast.api.resource.ResourceException;
import io.holdfast.api.resource.ResourceType;
import io.holdfast.api.resource.TypeDescription;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One service unit as a resource type. Holds no state: systemd does. The unit's processes are in systemd's cgroup and not in the
 * instance's cell; so the release command kills that cgroup, and in the cell is a process that ends when the unit does. A unit that
 * somebody beside the cluster would start, or whose work killing does not undo, is refused.
 */
final class UnitType implements ResourceType {
    /** A unit's own limits are 90 s unless it says otherwise, and systemd keeps them; systemd-system.conf(5). */
    private static final Duration LIMIT = Duration.ofSeconds(100);

    private static final Duration LOOK = Duration.ofSeconds(10);

    /** What pulls a unit in. */
    private static final List<String> PULLED_BY = List.of("WantedBy", "RequiredBy", "UpheldBy", "BoundBy");

    private final String name;
    private final SystemControl systemd;

    UnitType(String name, SystemControl systemd) {
        this.name = name;
        this.systemd = systemd;
    }

    @Override
    public TypeDescription describe() {
        return new TypeDescription(
                SystemdUnits.PREFIX + name,
                "The service unit " + systemd.unit() + " of systemd",
                List.of(),
                LIMIT,
                LIMIT,
                LOOK,
                LOOK,
                false);
    }

    @Override
    public List<Problem> validate(ResourceContext context) throws InterruptedException {
        try {
            return problems(context);
        } catch (ResourceException e) {
            return List.of(new Problem("" + e.getMessage(), "see what systemctl status " + systemd.unit() + " says"));
        }
    }

    private List<Problem> problems(ResourceContext context) throws ResourceException, InterruptedException {
        Map<String, String> unit = systemd.properties(context);
        String file = systemd.unit();
        String loaded = unit.getOrDefault("LoadState", "");
        if (!loaded.equals("loaded")) {
            return List.of(new Problem(
                    file + " is " + loaded + " on " + context.node(),
                    loaded.equals("masked")
                            ? "systemctl unmask " + file
                            : "install it, or correct its file and call systemctl daemon-reload"));
        }
        List<Problem> problems = new ArrayList<>();
        if (is(unit, "Type", "oneshot") || is(unit, "RemainAfterExit", "yes")) {
            problems.add(new Problem(
                    file
                            + " counts as active without a process, so killing would not undo what it did, and another node could do it"
                            + " while it holds here",
                    "use an ocf: agent or a unit whose processes are the service"));
        }
        if (is(unit, "RefuseManualStart", "yes")) {
            problems.add(new Problem(file + " may not be started by hand", "take RefuseManualStart out of its file"));
        }
        if (!context.run(systemd.canKill()).succeeded()) {
            problems.add(new Problem(
                    "systemd on " + context.node()
                            + " keeps its units in no cgroup v2 that can be killed whole (Linux 5.14)",
                    "boot with systemd.unified_cgroup_hierarchy=1, or use type process"));
        }
        started(context, unit).ifPresent(problems::add);
        return problems;
    }

    private static boolean is(Map<String, String> unit, String property, String value) {
        return unit.getOrDefault(property, "").equals(value);
    }

    private static List<String> words(Map<String, String> unit, String property) {
        return Stream.of(unit.getOrDefault(property, "").split(" "))
                .filter(word -> !word.isEmpty())
                .toList();
    }

    /** What would start it beside the cluster, and so on two nodes. */
    private Optional<Problem> started(ResourceContext context, Map<String, String> unit)
            throws ResourceException, InterruptedException {
        String file = systemd.unit();
        if (unit.getOrDefault("UnitFileState", "").startsWith("enabled")) {
            return Optional.of(new Problem(
                    "systemd starts " + file + " at each boot of " + context.node() + ", whoever runs it then",
                    "systemctl disable " + file));
        }
        List<String> pulled = PULLED_BY.stream()
                .flatMap(by -> words(unit, by).stream())
                .distinct()
                .toList();
        if (!pulled.isEmpty()) {
            return Optional.of(new Problem(
                    "systemd starts " + file + " along with " + String.join(", ", pulled) + ", whoever runs it then",
                    "take it out of what these want or require, and order the two in the cluster document"));
        }
        List<String> triggers = systemd.alive(context, words(unit, "TriggeredBy"));
        return triggers.isEmpty()
                ? Optional.empty()
                : Optional.of(new Problem(
                        String.join(", ", triggers) + " starts " + file + " when it is called, whoever runs it then",
                        "systemctl disable --now " + String.join(" ", triggers)));
    }

    @Override
    public void start(ResourceContext context) throws ResourceException, InterruptedException {
        List<Problem> problems = problems(context); // here too: a document is taken if one node of many can run it
        if (!problems.isEmpty()) {
            throw new ResourceException(
                    problems.stream().map(Problem::toString).collect(Collectors.joining(". ")), true);
        }
        context.onRelease(List.of(systemd.end()));
        CommandResult started = systemd.start(context);
        if (!started.succeeded()) {
            throw new ResourceException(SystemControl.said(started));
        }
        Health health = monitor(context);
        if (!(health instanceof Health.Running)) {
            throw new ResourceException(systemd.unit() + " was started and is not active: " + sentence(health));
        }
        if (context.processes().isEmpty()) {
            context.spawn(systemd.follow());
        }
    }

    @Override
    public void stop(ResourceContext context) throws ResourceException, InterruptedException {
        CommandResult stopped = systemd.stop(context);
        if (!stopped.succeeded()
                && !(monitor(context) instanceof Health.NotRunning)) { // one that is gone needs no stop
            throw new ResourceException(SystemControl.said(stopped));
        }
        CommandResult proved = context.run(systemd.end()); // what KillMode=process leaves is killed
        if (!proved.succeeded()) {
            throw new ResourceException(
                    systemd.unit() + " counts as stopped, but its processes do not end: " + SystemControl.said(proved));
        }
        systemd.forgetFailure(context);
    }

    @Override
    public Health monitor(ResourceContext context) throws InterruptedException {
        Map<String, String> unit;
        try {
            unit = systemd.properties(context);
        } catch (ResourceException e) {
            return new Health.Unknown("" + e.getMessage());
        }
        String state = unit.getOrDefault("ActiveState", "");
        String whole = systemd.unit() + " is " + state + " (" + unit.getOrDefault("SubState", "") + ")";
        return switch (state) {
            case "active", "reloading", "refreshing" -> new Health.Running();
            case "inactive" -> new Health.NotRunning();
            case "failed" ->
                new Health.Failed(
                        whole + ", result " + unit.getOrDefault("Result", "") + "; journalctl -u " + systemd.unit());
            case "deactivating" -> new Health.Failed(whole + ": somebody else stops it");
            default -> new Health.Unknown(whole);
        };
    }

    private static String sentence(Health health) {
        return health instanceof Health.Failed failed
                ? failed.reason()
                : health instanceof Health.Unknown unknown ? unknown.reason() : "it ended at once";
    }
}
