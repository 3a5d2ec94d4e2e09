package io.holdfast.agents.ocf.internal;

import io.holdfast.api.resource.Health;
import io.holdfast.api.resource.Promotable;
import io.holdfast.api.resource.ResourceContext;
import io.holdfast.api.resource.ResourceException;
import java.time.Duration;
import java.util.Map;

/** An agent that knows the actions promote and demote. */
final class PromotableOcfType extends OcfType implements Promotable {
    private final PromotionTools tools;

    PromotableOcfType(
            AgentFile agent, MetaData metaData, Map<String, String> surroundings, Duration kill, PromotionTools tools) {
        super(agent, metaData, surroundings, kill);
        this.tools = tools;
    }

    @Override
    public void start(ResourceContext context) throws ResourceException, InterruptedException {
        tools.forget(context.name());
        super.start(context);
    }

    @Override
    public void promote(ResourceContext context) throws ResourceException, InterruptedException {
        require(call(context), "promote");
    }

    @Override
    public void demote(ResourceContext context) throws ResourceException, InterruptedException {
        require(call(context), "demote");
    }

    @Override
    Health promoted() {
        return new Health.Promoted();
    }

    @Override
    AgentCall call(ResourceContext context) {
        return super.call(context).saying(tools);
    }
}
