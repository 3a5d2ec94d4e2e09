package io.holdfast.agents.ocf.internal;

import io.holdfast.api.resource.Health;
import io.holdfast.api.resource.Problem;
import io.holdfast.api.resource.ResourceContext;
import io.holdfast.api.resource.ResourceException;
import io.holdfast.api.resource.ResourceType;
import io.holdfast.api.resource.TypeDescription;
import java.util.List;

/** An agent that is there but does not say what it is. It is refused with the reason, which "no such type" would hide. */
final class UnreadableType implements ResourceType {
    private final AgentFile agent;
    private final String reason;

    UnreadableType(AgentFile agent, String reason) {
        this.agent = agent;
        this.reason = reason;
    }

    private String sentence() {
        return agent.path() + " cannot be used: " + reason;
    }

    @Override
    public TypeDescription describe() {
        return new TypeDescription(agent.type(), sentence(), List.of());
    }

    @Override
    public List<Problem> validate(ResourceContext context) {
        return List.of(new Problem(sentence(), "repair or replace the agent"));
    }

    @Override
    public void start(ResourceContext context) throws ResourceException {
        throw new ResourceException(sentence(), true);
    }

    @Override
    public void stop(ResourceContext context) throws ResourceException {
        throw new ResourceException(sentence());
    }

    @Override
    public Health monitor(ResourceContext context) {
        return new Health.Unknown(sentence());
    }
}
