package com.example.webfolder;

import io.holdfast.api.resource.Command;
import io.holdfast.api.resource.Health;
import io.holdfast.api.resource.Parameter;
import io.holdfast.api.resource.Problem;
import io.holdfast.api.resource.ResourceContext;
import io.holdfast.api.resource.ResourceException;
import io.holdfast.api.resource.ResourceType;
import io.holdfast.api.resource.TypeDescription;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.osgi.service.component.annotations.Component;

/** Keeps a small web server running that serves one folder. */
@Component
public final class WebFolderType implements ResourceType {

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
        Path folder = Path.of(context.parameter("folder"));
        return Files.isDirectory(folder)
                ? List.of()
                : List.of(new Problem("folder " + folder + " does not exist", "create it, or mount its volume first"));
    }

    @Override
    public void start(ResourceContext context) throws ResourceException, InterruptedException {
        if (monitor(context) instanceof Health.Running) {
            return; // starting what runs is success
        }
        context.spawn(Command.of(
                "python3", "-m", "http.server", context.parameter("port"), "--directory", context.parameter("folder")));
        while (!(monitor(context) instanceof Health.Running)) {
            if (context.processes().isEmpty()) {
                throw new ResourceException("the web server ended at once; its output is in the instance's log");
            }
            if (context.remaining().isZero()) {
                throw new ResourceException("the web server does not answer on port " + context.parameter("port"));
            }
            Thread.sleep(50);
        }
    }

    @Override
    public void stop(ResourceContext context) throws ResourceException, InterruptedException {
        List<String> kill = new ArrayList<>(List.of("kill"));
        context.processes().forEach(id -> kill.add(Long.toString(id)));
        if (kill.size() > 1) {
            context.run(Command.of(kill.toArray(String[]::new)));
        }
        while (!context.processes().isEmpty()) {
            if (context.remaining().isZero()) {
                throw new ResourceException("the web server does not end"); // it is then killed, with proof
            }
            Thread.sleep(20);
        }
    }

    @Override
    public Health monitor(ResourceContext context) {
        if (context.processes().isEmpty()) {
            return new Health.NotRunning();
        }
        try {
            var url = URI.create("http://127.0.0.1:" + context.parameter("port") + "/").toURL();
            HttpURLConnection connection = (HttpURLConnection) url.openConnection();
            connection.setConnectTimeout(2000);
            connection.setReadTimeout(2000);
            int status = connection.getResponseCode();
            return status == 200 ? new Health.Running() : new Health.Failed("it answers with status " + status);
        } catch (IOException e) {
            return new Health.Failed("it does not answer: " + e.getMessage());
        }
    }
}
