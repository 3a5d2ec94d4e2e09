package io.holdfast.agents.ocf.internal;

import io.holdfast.api.resource.CommandResult;
import io.holdfast.api.resource.Health;
import io.holdfast.api.resource.Problem;
import io.holdfast.api.resource.ResourceContext;
import io.holdfast.api.resource.ResourceException;
import io.holdfast.api.resource.ResourceType;
import io.holdfast.api.resource.TypeDescription;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** One agent as a resource type. Holds no state: the agent looks at the system. */
class OcfType implements ResourceType {
    private final AgentFile agent;
    private final MetaData metaData;
    private final Map<String, String> surroundings;
    private final Duration kill;

    /** @param kill the node's kill time, without what a watchdog adds */
    OcfType(AgentFile agent, MetaData metaData, Map<String, String> surroundings, Duration kill) {
        this.agent = agent;
        this.metaData = metaData;
        this.surroundings = surroundings;
        this.kill = kill;
    }

    @Override
    public TypeDescription describe() {
        return metaData.description();
    }

    @Override
    public List<Problem> validate(ResourceContext context) throws InterruptedException {
        return Stream.concat(unprovable().stream(), askAgent(context).stream()).toList();
    }

    private Optional<Problem> unprovable() {
        return WorkElsewhere.problem(agent, metaData.description().stop(), kill);
    }

    private List<Problem> askAgent(ResourceContext context) throws InterruptedException {
        if (!metaData.actions().contains("validate-all")) {
            return List.of();
        }
        try {
            AgentCall call = call(context);
            CommandResult result = call.run("validate-all", Duration.ZERO);
            return result.succeeded()
                            || ExitCode.of(result.status())
                                    .filter(code -> code == ExitCode.UNIMPLEMENTED)
                                    .isPresent()
                    ? List.of()
                    : List.of(new Problem(call.sentence("validate-all", result), fix(result.status())));
        } catch (ResourceException e) {
            return List.of(new Problem(agent.type() + " validate-all: " + e.getMessage(), "call the agent by hand"));
        }
    }

    private String fix(int status) {
        return ExitCode.of(status)
                .map(code -> switch (code) {
                    case INSTALLED -> "install what it misses on this node";
                    case ARGUMENTS, CONFIGURED -> "correct the parameters";
                    case PERMISSIONS -> "give it the permission";
                    default -> "see what " + agent.path() + " validate-all does";
                })
                .orElse("repair the agent " + agent.path());
    }

    @Override
    public void start(ResourceContext context) throws ResourceException, InterruptedException {
        Optional<Problem> unprovable = unprovable(); // here too: a document is taken if one node of many can run it
        if (unprovable.isPresent()) {
            throw new ResourceException(unprovable.get().toString(), true);
        }
        AgentCall call = call(context);
        context.onRelease(ReleaseCommands.of(call, metaData.description().stop()));
        require(call, "start");
    }

    @Override
    public void stop(ResourceContext context) throws ResourceException, InterruptedException {
        require(call(context), "stop");
    }

    static void require(AgentCall call, String action) throws ResourceException, InterruptedException {
        CommandResult result = call.run(action, Duration.ZERO);
        boolean stopped = action.equals("stop") && result.status() == 7; // some agents say so instead of 0
        if (!result.succeeded() && !stopped) {
            boolean permanent =
                    ExitCode.of(result.status()).filter(ExitCode::permanent).isPresent();
            throw new ResourceException(call.sentence(action, result), permanent);
        }
    }

    @Override
    public Health monitor(ResourceContext context) throws InterruptedException {
        AgentCall call = call(context);
        boolean probe = context.processes().isEmpty();
        CommandResult result;
        try {
            result = call.run(
                    "monitor", probe ? Duration.ZERO : metaData.description().interval());
        } catch (ResourceException e) {
            return new Health.Unknown(agent.type() + " monitor: " + e.getMessage());
        }
        String sentence = call.sentence("monitor", result);
        return ExitCode.of(result.status())
                .map(code -> switch (code) {
                    case SUCCESS -> new Health.Running();
                    case PROMOTED -> promoted();
                    case NOT_RUNNING -> new Health.NotRunning();
                    // What is not installed does not run: the answer of a node that could never run it.
                    case INSTALLED -> probe ? new Health.NotRunning() : new Health.Failed(sentence);
                    case UNIMPLEMENTED -> new Health.Unknown(sentence);
                    case GENERIC, ARGUMENTS, PERMISSIONS, CONFIGURED, FAILED_PROMOTED -> new Health.Failed(sentence);
                })
                .orElseGet(() -> new Health.Unknown(sentence));
    }

    /** What it means that an agent says it is promoted: of one that cannot be, no more than that it runs. */
    Health promoted() {
        return new Health.Running();
    }

    AgentCall call(ResourceContext context) {
        return new AgentCall(agent, surroundings, context);
    }
}
