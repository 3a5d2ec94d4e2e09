package io.holdfast.agents.ocf.internal;

import io.holdfast.api.resource.Command;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What takes back the effects of a start once the processes are killed, and proves it by status 0. For addresses and mounts a few quick
 * commands; their agents are slower and ask for more than is left then. For all others the agent's own stop.
 */
final class ReleaseCommands {
    private static final String KNOWN_PROVIDER = "heartbeat";
    private static final Duration STOP_END = Duration.ofSeconds(1);
    /** Tells the guard how many milliseconds a command may take. */
    private static final String LIMIT = "HOLDFAST_RELEASE_MS";

    /** Arguments: 4 or 6, the address, its full length. */
    private static final String REMOVE_ADDRESS = """
            found=$(ip -o -"$1" addr show to "$2/$3") || exit 1
            [ -z "$found" ] && exit 0
            echo "$found" | while read -r _ interface _ address _; do ip -"$1" addr del "$address" dev "$interface"; done
            found=$(ip -o -"$1" addr show to "$2/$3") && [ -z "$found" ]
            """;

    /**
     * Mounts may lie on top of each other. What is busy though its users are killed is detached: nobody finds it by its path
     * any more, and it goes when the last one does.
     */
    private static final String UNMOUNT = """
            folder=$(readlink -m -- "$1") || exit 1
            count=0
            while mountpoint -q "$folder"; do
                count=$((count + 1))
                [ $count -le 10 ] || exit 1
                umount "$folder" 2>/dev/null || umount -l "$folder" || exit 1
            done
            """;

    private ReleaseCommands() {}

    static List<Command> of(AgentCall call, Duration stop) {
        AgentFile agent = call.agent();
        Map<String, String> parameters = call.parameters();
        if (!agent.provider().equals(KNOWN_PROVIDER)) {
            return own(call, stop);
        }
        return switch (agent.agent()) {
            case "IPaddr2", "IPaddr" ->
                given(parameters, "ip").map(ReleaseCommands::address).toList();
            case "IPv6addr" ->
                given(parameters, "ipv6addr").map(ReleaseCommands::address).toList();
            case "Filesystem" ->
                given(parameters, "directory")
                        .map(folder -> Command.of("sh", "-c", UNMOUNT, "unmount", folder))
                        .toList();
            default -> own(call, stop);
        };
    }

    /** Without the parameter nothing can have been started. */
    private static Stream<String> given(Map<String, String> parameters, String name) {
        return Optional.ofNullable(parameters.get(name)).filter(value -> !value.isBlank()).stream();
    }

    private static List<Command> own(AgentCall call, Duration stop) {
        Command own = call.command("stop", stop, Duration.ZERO);
        List<String> argv = new ArrayList<>(List.of(
                "timeout", "--kill-after=" + STOP_END.toSeconds(), Long.toString(Math.max(1, stop.toSeconds()))));
        argv.addAll(own.argv());
        Map<String, String> environment = new LinkedHashMap<>(own.environment());
        environment.put(LIMIT, Long.toString(needed(stop).plus(STOP_END).toMillis()));
        return List.of(new Command(argv, environment, ""));
    }

    /** {@return how long an agent's own stop takes at most} */
    static Duration needed(Duration stop) {
        return Duration.ofSeconds(Math.max(1, stop.toSeconds())).plus(STOP_END);
    }

    private static Command address(String parameter) {
        String address = parameter.contains("/") ? parameter.substring(0, parameter.indexOf('/')) : parameter;
        boolean six = address.contains(":");
        return Command.of("sh", "-c", REMOVE_ADDRESS, "remove-address", six ? "6" : "4", address, six ? "128" : "32");
    }
}
