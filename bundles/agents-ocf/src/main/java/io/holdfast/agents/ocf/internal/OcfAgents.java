package io.holdfast.agents.ocf.internal;

import io.holdfast.api.resource.ResourceType;
import io.holdfast.api.resource.ResourceTypes;
import io.holdfast.api.runtime.NodeSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The family of types {@code ocf:PROVIDER:AGENT}: every agent in the node's {@code ocf.root} folders. */
@Component(service = ResourceTypes.class, property = "io.holdfast.type.prefix=" + OcfAgents.PREFIX)
public final class OcfAgents implements ResourceTypes {
    static final String PREFIX = "ocf:";
    private static final Logger log = LoggerFactory.getLogger(OcfAgents.class);

    private final AgentFolders folders;
    private final Path temporary;
    private final Duration kill;
    private final PromotionTools tools;
    private final MetaDataReader reader = new MetaDataReader();

    /** Called by the framework, with the settings of this node. */
    @Activate
    public OcfAgents(@Reference NodeSettings settings) {
        this(settings.ocfRoots(), settings.base(), WorkElsewhere.killTime(settings.all()));
    }

    OcfAgents(List<Path> roots, Path base, Duration kill) {
        this.kill = kill;
        folders = new AgentFolders(roots);
        temporary = base.resolve("run").resolve("ocf");
        tools = new PromotionTools(temporary);
    }

    @Override
    public String prefix() {
        return PREFIX;
    }

    @Override
    public List<String> names() {
        return folders.names();
    }

    @Override
    public Optional<ResourceType> find(String name) throws InterruptedException {
        Optional<AgentFile> found = folders.find(name);
        if (found.isEmpty()) {
            return Optional.empty();
        }
        AgentFile agent = found.get();
        try {
            Files.createDirectories(temporary);
            Map<String, String> surroundings = AgentCall.surroundings(agent, folders.functions(agent), temporary);
            MetaData metaData = reader.read(agent, surroundings);
            if (metaData.description().promotion().isEmpty()) {
                return Optional.of(new OcfType(agent, metaData, surroundings, kill));
            }
            tools.install();
            return Optional.of(new PromotableOcfType(agent, metaData, surroundings, kill, tools));
        } catch (MetaData.Unreadable e) {
            log.warn("{} cannot be used: {}", agent.path(), e.getMessage());
            return Optional.of(new UnreadableType(agent, "" + e.getMessage()));
        } catch (IOException e) {
            return Optional.of(new UnreadableType(agent, "cannot make " + temporary + " for it: " + e));
        }
    }
}
