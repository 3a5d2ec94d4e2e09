package io.holdfast.fencing.internal;

import io.holdfast.api.fencing.FenceAction;
import io.holdfast.api.fencing.FenceDevice;
import io.holdfast.api.fencing.FenceException;
import io.holdfast.api.fencing.PowerState;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An executable that speaks the standard fence-agent interface: {@code key=value} lines on its standard input, XML metadata, exit
 * status 0 for done, and for {@code status} 0 for on and 2 for off. Blocks; for workers.
 */
final class FenceAgent implements FenceDevice {
    private static final Logger log = LoggerFactory.getLogger(FenceAgent.class);
    private static final Duration METADATA_LIMIT = Duration.ofSeconds(10);
    /** What Holdfast sets itself. */
    private static final List<String> OURS = List.of("action", "nodename", "plug", "port");

    /** What starting the agent, and the looks before and after, take besides what it says. */
    private static final Duration BESIDE = Duration.ofSeconds(5);

    private static final Duration LEAST = Duration.ofSeconds(20);
    private static final Duration MOST = Duration.ofMinutes(10);

    private final Path executable;
    private final BoundedProcess process;
    /** Written by whichever worker asked first. */
    private volatile @Nullable AgentMetadata metadata;

    FenceAgent(Path executable, LongSupplier nanos) {
        this.executable = executable;
        this.process = new BoundedProcess(nanos);
    }

    @Override
    public String name() {
        return executable.toString();
    }

    @Override
    public List<String> check(Map<String, String> parameters) {
        AgentMetadata known;
        try {
            known = metadata(METADATA_LIMIT);
        } catch (FenceException e) {
            return List.of(String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return List.of(executable + " was not asked for its parameters: interrupted");
        }
        List<String> problems = new ArrayList<>();
        if (!known.lacking().isEmpty()) {
            problems.add(executable + " cannot free a node's resources: " + known.lacking());
        }
        for (String key : new TreeMap<>(parameters).keySet()) {
            if (!known.knows(key) && !OURS.contains(key)) {
                problems.add("unknown parameter '" + key + "' of " + executable + ", it knows "
                        + String.join(", ", known.parameters().keySet()));
            } else if (key.equals("action")) {
                problems.add("parameter 'action' of " + executable + " is set by Holdfast: remove it");
            } else if (multiline(parameters.get(key))) {
                problems.add("parameter '" + key + "' of " + executable + " has more than one line");
            }
        }
        known.parameters().forEach((key, parameter) -> {
            if (parameter.required() && !OURS.contains(key) && !parameters.containsKey(key)) {
                problems.add("parameter '" + key + "' of " + executable + " is missing"
                        + (parameter.description().isEmpty() ? "" : " (" + parameter.description() + ")"));
            }
        });
        return problems;
    }

    private static boolean multiline(@Nullable String value) {
        return value != null && value.lines().count() > 1;
    }

    AgentMetadata metadata(Duration limit) throws FenceException, InterruptedException {
        AgentMetadata known = metadata;
        if (known == null) {
            BoundedProcess.Ended ended = process.run(List.of(executable.toString()), "action=metadata\n", limit);
            if (ended.status() != 0) {
                throw new FenceException(executable + " gives no metadata" + ended.explained());
            }
            Path name = executable.getFileName();
            known = AgentMetadata.parse(executable.toString(), name == null ? "" : name.toString(), ended.output());
            metadata = known;
        }
        return known;
    }

    /**
     * {@return how long one request may take with these parameters, by what the agent says: its own delay, the connection, three
     * commands, and the wait for the power to go}
     */
    @Override
    public Duration usualLimit(Map<String, String> parameters) throws InterruptedException {
        try {
            AgentMetadata known = metadata(METADATA_LIMIT);
            double shell = seconds(known, "shell_timeout", parameters);
            double sum = seconds(known, "delay", parameters)
                    + seconds(known, "login_timeout", parameters)
                    + 3 * shell
                    + seconds(known, "power_wait", parameters)
                    + seconds(known, "power_timeout", parameters)
                    + seconds(known, "timeout", parameters);
            Duration limit = BESIDE.plus(Duration.ofMillis((long) (Math.min(sum, 600) * 1000)));
            return limit.compareTo(LEAST) < 0 ? LEAST : limit.compareTo(MOST) > 0 ? MOST : limit;
        } catch (FenceException e) {
            log.debug("{} gives no metadata, so its time limit is {}", executable, LEAST, e);
            return LEAST;
        }
    }

    private static double seconds(AgentMetadata known, String name, Map<String, String> parameters) {
        try {
            return Math.max(0, Double.parseDouble(known.value(name, parameters).orElse("0")));
        } catch (NumberFormatException e) {
            return 0; // the agent will say what is wrong with it
        }
    }

    @Override
    public void perform(FenceAction action, String node, Map<String, String> parameters, Duration limit)
            throws FenceException, InterruptedException {
        if (action == FenceAction.MONITOR && metadata(METADATA_LIMIT).lacks("monitor")) {
            return; // the status of its nodes has to do
        }
        String word = action.name().toLowerCase(Locale.ROOT);
        BoundedProcess.Ended ended = run(word, node, parameters, limit);
        if (ended.status() != 0) {
            throw new FenceException(
                    executable + " " + word + (node.isEmpty() ? "" : " of " + node) + " failed" + ended.explained());
        }
    }

    @Override
    public PowerState status(String node, Map<String, String> parameters, Duration limit)
            throws FenceException, InterruptedException {
        BoundedProcess.Ended ended = run("status", node, parameters, limit);
        return switch (ended.status()) {
            case 0 -> PowerState.ON;
            case 2 -> PowerState.OFF;
            default -> PowerState.UNKNOWN;
        };
    }

    private BoundedProcess.Ended run(String action, String node, Map<String, String> parameters, Duration limit)
            throws FenceException, InterruptedException {
        AgentMetadata known = metadata(METADATA_LIMIT);
        Map<String, String> lines = new LinkedHashMap<>();
        lines.put("action", action);
        TreeMap<String, String> rest = new TreeMap<>(parameters);
        if (!node.isEmpty()) {
            lines.put("nodename", node);
            String given = rest.remove("port");
            String plug = rest.containsKey("plug") ? rest.remove("plug") : given == null ? node : given;
            if (known.knows("plug")) {
                lines.put("plug", plug);
            } else if (known.knows("port")) {
                lines.put("port", plug);
            }
        }
        rest.forEach(lines::putIfAbsent);
        StringBuilder input = new StringBuilder();
        lines.forEach(
                (key, value) -> input.append(key).append('=').append(value).append('\n'));
        return process.run(List.of(executable.toString()), input.toString(), limit);
    }
}
