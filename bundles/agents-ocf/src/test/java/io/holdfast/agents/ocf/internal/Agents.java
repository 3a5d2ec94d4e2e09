package io.holdfast.agents.ocf.internal;

import io.holdfast.api.resource.ResourceType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;

/** A folder of little agents, written by tests. */
final class Agents {
    private static final String META_DATA = """
            <?xml version="1.0"?><resource-agent name="little"><shortdesc>Little</shortdesc>
            <parameters><parameter name="file"><content type="string"/></parameter></parameters>
            <actions><action name="start" timeout="5s"/><action name="stop" timeout="5s"/>
            <action name="monitor" timeout="5s" interval="5s"/><action name="validate-all"/></actions></resource-agent>
            """;

    static final Duration KILL = Duration.ofMillis(250);

    private final Path root;
    private final OcfAgents agents;

    Agents(Path root) throws IOException {
        this.root = root;
        Files.createDirectories(root.resolve("resource.d/test"));
        agents = new OcfAgents(List.of(root, Path.of("/usr/lib/ocf")), root.resolve("base"), KILL);
    }

    OcfAgents family() {
        return agents;
    }

    /** An agent with meta-data as it should be; {@code body} sees the action as $1. */
    ResourceType little(String name, String body) throws Exception {
        return raw(name, "[ \"$1\" != meta-data ] || { cat <<'END'\n" + META_DATA + "END\nexit 0; }\n" + body);
    }

    /** An agent that is only {@code body}. */
    ResourceType raw(String name, String body) throws Exception {
        Path file = root.resolve("resource.d/test").resolve(name);
        Files.writeString(file, "#!/bin/sh\n" + body + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
        return agents.find("ocf:test:" + name).orElseThrow();
    }
}
