package io.holdfast.fencing.internal;

import io.holdfast.api.fencing.FenceAction;
import io.holdfast.api.fencing.FenceDevice;
import io.holdfast.api.fencing.FenceException;
import io.holdfast.api.fencing.PowerState;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * An executable that speaks the standard fence-agent interface: {@code key=value} lines on its standard input, XML metadata, exit
 * status 0 for done, and for {@code status} 0 for on and 2 for off. Blocks; for workers.
 */
final class FenceAgent implements FenceDevice {
    private static final Duration METADATA_LIMIT = Duration.ofSeconds(10);
    /** What Holdfast sets itself. */
    private static final List<String> OURS = List.of("action", "nodename", "plug", "port");

    private static final List<Path> FOLDERS = List.of(
            Path.of("/usr/sbin"),
            Path.of("/usr/local/sbin"),
            Path.of("/sbin"),
            Path.of("/usr/bin"),
            Path.of("/usr/local/bin"));

    private final Path executable;
    private final BoundedProcess process;
    private @Nullable AgentMetadata metadata;

    FenceAgent(Path executable, LongSupplier nanos) {
        this.executable = executable;
        this.process = new BoundedProcess(nanos);
    }

    /** {@return the executable of that path or, in the usual folders, of that name} */
    static Optional<Path> find(String agent) {
        if (agent.contains("/")) {
            return Optional.of(Path.of(agent)).filter(Files::isExecutable);
        }
        return FOLDERS.stream()
                .map(folder -> folder.resolve(agent))
                .filter(Files::isExecutable)
                .findFirst();
    }

    @Override
    public String name() {
        return executable.toString();
    }

    @Override
    public List<String> check(Map<String, String> parameters) {
        AgentMetadata known;
        try {
            known = metadata();
        } catch (FenceException e) {
            return List.of(String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return List.of(executable + " was not asked for its parameters: interrupted");
        }
        List<String> problems = new ArrayList<>();
        for (String key : new TreeMap<>(parameters).keySet()) {
            if (!known.parameters().containsKey(key) && !OURS.contains(key)) {
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
                problems.add("parameter '" + key + "' of " + executable + " is missing" + parameter.hint());
            }
        });
        return problems;
    }

    private static boolean multiline(@Nullable String value) {
        return value != null && value.lines().count() > 1;
    }

    private AgentMetadata metadata() throws FenceException, InterruptedException {
        AgentMetadata known = metadata;
        if (known == null) {
            BoundedProcess.Ended ended = run("metadata", "", Map.of(), METADATA_LIMIT);
            if (ended.status() != 0) {
                throw new FenceException(executable + " gives no metadata" + ended.explained());
            }
            known = AgentMetadata.parse(executable.toString(), ended.output());
            metadata = known;
        }
        return known;
    }

    @Override
    public void perform(FenceAction action, String node, Map<String, String> parameters, Duration limit)
            throws FenceException, InterruptedException {
        String word = action.name().toLowerCase(Locale.ROOT);
        BoundedProcess.Ended ended = run(word, node, parameters, limit);
        if (ended.status() != 0) {
            throw new FenceException(executable + " " + word + " of " + node + " failed" + ended.explained());
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
        Map<String, String> lines = new LinkedHashMap<>();
        lines.put("action", action);
        if (!node.isEmpty()) {
            lines.put("nodename", node);
            for (String plug : List.of("plug", "port")) {
                if (!parameters.containsKey("plug")
                        && !parameters.containsKey("port")
                        && metadata().parameters().containsKey(plug)) {
                    lines.put(plug, node);
                    break;
                }
            }
        }
        new TreeMap<>(parameters).forEach(lines::putIfAbsent);
        StringBuilder input = new StringBuilder();
        lines.forEach(
                (key, value) -> input.append(key).append('=').append(value).append('\n'));
        return process.run(List.of(executable.toString()), input.toString(), limit);
    }
}
