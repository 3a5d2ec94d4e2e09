package io.holdfast.agents.ocf.internal;

import java.nio.file.Path;

/**
 * An agent on this node.
 *
 * @param root the folder that holds {@code resource.d}
 * @param provider who it comes from
 * @param agent its name
 */
record AgentFile(Path root, String provider, String agent) {

    /** {@return the name of the type} */
    String type() {
        return OcfAgents.PREFIX + provider + ":" + agent;
    }

    Path path() {
        return root.resolve("resource.d").resolve(provider).resolve(agent);
    }
}
