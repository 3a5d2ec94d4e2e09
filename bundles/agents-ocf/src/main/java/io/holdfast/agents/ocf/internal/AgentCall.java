package io.holdfast.agents.ocf.internal;

import io.holdfast.api.resource.Command;
import io.holdfast.api.resource.CommandResult;
import io.holdfast.api.resource.ResourceContext;
import io.holdfast.api.resource.ResourceException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Calls an agent for one instance, with the environment that OCF 1.1 promises. */
final class AgentCall {
    private static final List<Path> MODPROBE = List.of(Path.of("/sbin/modprobe"), Path.of("/usr/sbin/modprobe"));

    private final AgentFile agent;
    private final Map<String, String> surroundings;
    private final ResourceContext context;
    private final Optional<PromotionTools> tools;

    AgentCall(AgentFile agent, Map<String, String> surroundings, ResourceContext context) {
        this(agent, surroundings, context, Optional.empty());
    }

    private AgentCall(
            AgentFile agent,
            Map<String, String> surroundings,
            ResourceContext context,
            Optional<PromotionTools> tools) {
        this.agent = agent;
        this.surroundings = surroundings;
        this.context = context;
        this.tools = tools;
    }

    /** The same, where the agent may say how much it wants to be promoted. */
    AgentCall saying(PromotionTools how) {
        return new AgentCall(agent, surroundings, context, Optional.of(how));
    }

    /**
     * What does not depend on the instance.
     *
     * @param temporary where agents keep notes of what runs; of this node alone, because several nodes may share a machine
     */
    static Map<String, String> surroundings(AgentFile agent, Path functions, Path temporary) {
        Map<String, String> environment = new LinkedHashMap<>();
        environment.put("OCF_ROOT", agent.root().toString());
        environment.put("OCF_FUNCTIONS_DIR", functions.toString());
        environment.put("OCF_RA_VERSION_MAJOR", "1");
        environment.put("OCF_RA_VERSION_MINOR", "1");
        environment.put("OCF_RESOURCE_TYPE", agent.agent());
        environment.put("OCF_RESOURCE_PROVIDER", agent.provider());
        environment.put("HA_RSCTMP", temporary.toString());
        environment.put("HA_debug", "0");
        environment.put("LC_ALL", "C");
        if (MODPROBE.stream().noneMatch(Files::isExecutable)) {
            environment.put(
                    "MODPROBE", "true"); // nothing to load: agents such as Filesystem would refuse to start without it
        }
        return environment;
    }

    AgentFile agent() {
        return agent;
    }

    Map<String, String> parameters() {
        return context.parameters();
    }

    /** {@return the command for an action} The interval is zero for a probe, which some agents answer differently. */
    Command command(String action, Duration timeout, Duration interval) {
        Map<String, String> environment = new LinkedHashMap<>(surroundings);
        context.parameters().forEach((name, value) -> environment.put("OCF_RESKEY_" + name, value));
        environment.put("OCF_RESOURCE_INSTANCE", instance());
        environment.put("OCF_CHECK_LEVEL", context.parameters().getOrDefault("OCF_CHECK_LEVEL", "0"));
        environment.put("OCF_RESKEY_CRM_meta_name", action);
        environment.put("OCF_RESKEY_CRM_meta_timeout", Long.toString(timeout.toMillis()));
        environment.put("OCF_RESKEY_CRM_meta_interval", Long.toString(interval.toMillis()));
        environment.put("OCF_RESKEY_CRM_meta_on_node", context.node());
        context.cloneInstance().ifPresent(clone -> {
            environment.put("OCF_RESKEY_CRM_meta_clone", Integer.toString(clone.number()));
            environment.put("OCF_RESKEY_CRM_meta_clone_max", Integer.toString(clone.instances()));
            environment.put("OCF_RESKEY_CRM_meta_clone_node_max", Integer.toString(clone.perNode()));
            environment.put("OCF_RESKEY_CRM_meta_globally_unique", Boolean.toString(clone.unique()));
            environment.put("OCF_RESKEY_CRM_meta_notify", "false");
            if (clone.promoted() > 0) {
                role(environment, action, clone.promoted());
            }
        });
        tools.ifPresent(programs -> environment.putAll(programs.environment(context.name())));
        environment.put("HOLDFAST_TOKEN", Long.toString(context.token()));
        environment.put("HOLDFAST_NODE", context.node());
        environment.put("HOLDFAST_RESOURCE", context.name());
        return new Command(List.of(agent.path().toString(), action), environment, "");
    }

    /** By the names of today, and by those that older agents look for. */
    private void role(Map<String, String> environment, String action, int promoted) {
        environment.put("OCF_RESKEY_CRM_meta_promotable", "true");
        for (String word : List.of("promoted", "master")) {
            environment.put("OCF_RESKEY_CRM_meta_" + word + "_max", Integer.toString(promoted));
            environment.put("OCF_RESKEY_CRM_meta_" + word + "_node_max", "1");
        }
        if (action.equals("monitor")) {
            boolean is = context.promotedToken().isPresent();
            environment.put("OCF_RESKEY_CRM_meta_role", is ? "Promoted" : "Unpromoted");
        }
        context.promotedToken().ifPresent(token -> environment.put("HOLDFAST_PROMOTED_TOKEN", Long.toString(token)));
    }

    /** Where the instances of a clone do not differ, agents know it by the resource's name: its number means nothing to them. */
    private String instance() {
        String name = context.name();
        boolean alike = context.cloneInstance().filter(clone -> !clone.unique()).isPresent();
        return alike ? name.substring(0, name.lastIndexOf(':')) : name;
    }

    CommandResult run(String action, Duration interval) throws ResourceException, InterruptedException {
        CommandResult result = context.run(command(action, context.remaining(), interval));
        tools.ifPresent(programs -> programs.tell(context));
        return result;
    }

    /** {@return what an agent's answer means, with the reason that it gives} */
    String sentence(String action, CommandResult result) {
        return agent.type() + " " + action + " " + ExitCode.meaning(result.status()) + Texts.reason(result);
    }
}
