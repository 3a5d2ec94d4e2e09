package io.holdfast.lab.broken;

import io.holdfast.api.resource.Health;
import io.holdfast.api.resource.Parameter;
import io.holdfast.api.resource.Problem;
import io.holdfast.api.resource.ResourceContext;
import io.holdfast.api.resource.ResourceType;
import io.holdfast.api.resource.TypeDescription;
import java.util.List;

/** A version of web-folder that believes of nothing that it is well. */
public class NeverWell implements ResourceType {
    @Override
    public TypeDescription describe() {
        return new TypeDescription(
                "web-folder",
                "A folder, served over HTTP",
                List.of(
                        Parameter.required("folder", Parameter.Kind.STRING, "Absolute path of the folder"),
                        Parameter.optional("port", Parameter.Kind.INTEGER, "8080", "TCP port")));
    }

    @Override
    public List<Problem> validate(ResourceContext context) {
        return List.of();
    }

    @Override
    public void start(ResourceContext context) {}

    @Override
    public void stop(ResourceContext context) {}

    @Override
    public Health monitor(ResourceContext context) {
        return new Health.Failed("this version sees nothing well");
    }
}
