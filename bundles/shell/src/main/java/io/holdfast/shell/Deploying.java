package io.holdfast.shell;

import io.holdfast.api.cluster.DeploymentStatus;
import io.holdfast.api.cluster.DeploymentStatus.OnNode;
import io.holdfast.api.cluster.Deployments;
import io.holdfast.shell.Table.Cell;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Bundles on all nodes. */
final class Deploying {
    /** A start may take a minute, and there are two rounds of them. */
    private static final Duration USUAL = Duration.ofMinutes(5);

    private static final String FEATURE = "feature:";
    private static final Pattern ADDRESS = Pattern.compile("[a-z]{2,}:.*");

    private Deploying() {}

    static int deploy(Call call) {
        Deployments deployments = call.deployments();
        String digest;
        try {
            digest = call.blocking(() -> keep(call, deployments)); // what others fetch for it may be slow
        } catch (IOException e) {
            throw new UncheckedIOException(new IOException(call.word(0) + " is not deployed: " + e.getMessage(), e));
        }
        Duration limit = call.words.has("--wait") ? call.limit() : USUAL;
        call.say(call.await(deployments.deploy(digest, call.io.who(), limit), limit, true));
        return Exit.DONE;
    }

    private static String keep(Call call, Deployments deployments) throws IOException {
        if (call.word(0).startsWith(FEATURE)) {
            return deployments.keepFeature(call.word(0).substring(FEATURE.length()));
        }
        try (InputStream bundle = open(call)) {
            return deployments.keep(bundle);
        }
    }

    /** A file is read where the caller is, an address by this node. */
    private static InputStream open(Call call) throws IOException {
        String from = call.word(0);
        if (!isAddress(from)) {
            return call.io.files().open(from);
        }
        try {
            return URI.create(from).toURL().openStream();
        } catch (IllegalArgumentException e) {
            throw new IOException("that is no address: " + e.getMessage(), e);
        }
    }

    static boolean isAddress(String from) {
        return ADDRESS.matcher(from).matches();
    }

    static int show(Call call) {
        List<DeploymentStatus> all = call.deployments().deployments();
        if (call.words.has("--json")) {
            call.io.out().println(Json.write(all.stream().map(Deploying::json).toList()));
            return Exit.DONE;
        }
        if (all.isEmpty()) {
            call.io.out().println("Nothing is deployed.");
            return Exit.DONE;
        }
        Table table = new Table(call.io.colour(), call.io.width(), "BUNDLE", "VERSION", "DIGEST", "STATE", "NODES");
        for (DeploymentStatus one : all) {
            table.row(
                    Cell.of(one.name()),
                    Cell.of(one.version()),
                    Cell.of(one.digest().substring(0, 12)),
                    Cell.of(one.state()),
                    Cell.of(String.join(
                            ", ",
                            one.nodes().stream().map(node -> word(one, node)).toList())));
        }
        call.io.out().print(table.text());
        for (DeploymentStatus one : all) {
            if (!one.reason().isEmpty()) {
                call.io.out().println();
                call.io
                        .out()
                        .println(one.name() + " " + one.version() + " was rolled back: " + one.reason() + "."
                                + (one.previous().isEmpty() ? "" : " " + one.previous() + " is there as before."));
            }
            one.nodes().stream()
                    .filter(node -> node.state().equals("failed"))
                    .forEach(node -> call.io
                            .out()
                            .println(one.name() + " " + node.version() + " on " + node.node() + ": " + node.detail()));
        }
        return Exit.DONE;
    }

    private static String word(DeploymentStatus one, OnNode node) {
        String version = node.version().isEmpty() || node.version().equals(one.version()) ? "" : " " + node.version();
        return node.node() + " " + node.state() + version;
    }

    private static Map<String, Object> json(DeploymentStatus one) {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("name", one.name());
        values.put("version", one.version());
        values.put("digest", one.digest());
        values.put("state", one.state());
        values.put("reason", one.reason());
        values.put("previous", one.previous());
        values.put("types", one.types());
        values.put("nodes", one.nodes().stream().map(Deploying::json).toList());
        return values;
    }

    private static Map<String, Object> json(OnNode node) {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("name", node.node());
        values.put("version", node.version());
        values.put("state", node.state());
        values.put("detail", node.detail());
        return values;
    }
}
