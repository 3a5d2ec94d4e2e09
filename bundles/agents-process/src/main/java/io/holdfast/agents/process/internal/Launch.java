package io.holdfast.agents.process.internal;

import io.holdfast.api.resource.Command;
import io.holdfast.api.resource.CommandResult;
import io.holdfast.api.resource.ResourceContext;
import io.holdfast.api.resource.ResourceException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Puts a command into its folder, under its account, with its environment. Each wrapper replaces itself, so the process id stays. */
final class Launch {
    private final ResourceContext context;
    private final ProcessSettings settings;
    private final Optional<String> group;

    private Launch(ResourceContext context, ProcessSettings settings, Optional<String> group) {
        this.context = context;
        this.settings = settings;
        this.group = group;
    }

    static Launch of(ResourceContext context, ProcessSettings settings) throws ResourceException, InterruptedException {
        Optional<String> group = Optional.empty();
        if (settings.user().isPresent()) {
            CommandResult result =
                    context.run(Command.of("id", "-g", settings.user().get()));
            if (!result.succeeded()) {
                throw new ResourceException(
                        "user: " + settings.user().get() + " is not an account of " + context.node() + "; create it",
                        true);
            }
            group = Optional.of(result.output().strip());
        }
        return new Launch(context, settings, group);
    }

    Command command(List<String> argv) {
        List<String> whole = new ArrayList<>(List.of(
                "env", "--chdir=" + settings.directory().map(Object::toString).orElse("/")));
        group.ifPresent(id -> whole.addAll(
                List.of("setpriv", "--reuid=" + settings.user().orElseThrow(), "--regid=" + id, "--init-groups")));
        whole.addAll(argv);
        Map<String, String> environment = new LinkedHashMap<>(settings.environment());
        environment.put("HOLDFAST_TOKEN", Long.toString(context.token()));
        environment.put("HOLDFAST_NODE", context.node());
        environment.put("HOLDFAST_RESOURCE", context.name());
        return new Command(whole, environment, "");
    }
}
