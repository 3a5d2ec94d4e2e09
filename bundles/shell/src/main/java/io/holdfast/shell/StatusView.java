package io.holdfast.shell;

import io.holdfast.api.cluster.ClusterStatus;
import io.holdfast.api.cluster.FenceDeviceStatus;
import io.holdfast.api.cluster.NodeStatus;
import io.holdfast.api.cluster.ResourceStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The picture of the cluster: first what is wrong, then who is there, then what runs. */
final class StatusView {
    private StatusView() {}

    static String text(ClusterStatus status, boolean colour, int width) {
        StringBuilder out = new StringBuilder();
        out.append(Paint.BOLD.on(
                        status.cluster().isEmpty() ? "No cluster document yet" : "Cluster " + status.cluster(), colour))
                .append("   revision ")
                .append(status.revision())
                .append("   leader ")
                .append(status.leader().isEmpty() ? Paint.BAD.on("none", colour) : status.leader())
                .append("   quorum ")
                .append(status.quorum() ? Paint.GOOD.on("yes", colour) : Paint.BAD.on("NO", colour))
                .append('\n');
        if (!status.quorum()) {
            wrapped(
                    out,
                    "",
                    "Without a quorum nothing is started or moved, and what is shown here may be out of date.",
                    width,
                    colour ? Paint.BAD : Paint.PLAIN,
                    colour);
        }
        out.append('\n');
        problems(out, status.problems(), colour, width);
        nodes(out, status, colour, width);
        resources(out, status, colour, width);
        devices(out, status, colour, width);
        return out.toString();
    }

    private static void problems(StringBuilder out, List<String> problems, boolean colour, int width) {
        if (problems.isEmpty()) {
            return;
        }
        out.append(Paint.CARE.on("Needs attention:", colour)).append('\n');
        for (String problem : problems) {
            wrapped(out, "  ! ", problem, width, Paint.PLAIN, colour);
        }
        out.append('\n');
    }

    private static void wrapped(StringBuilder out, String bullet, String text, int width, Paint paint, boolean colour) {
        List<String> lines = width > 40 ? Table.wrap(text, width - bullet.length()) : List.of(text);
        String indent = bullet;
        for (String line : lines) {
            out.append(indent).append(paint.on(line, colour)).append('\n');
            indent = " ".repeat(bullet.length());
        }
    }

    private static void nodes(StringBuilder out, ClusterStatus status, boolean colour, int width) {
        Table table = new Table(colour, width, "NODE", "STATE", "VOTES", "GUARD", "LEASE", "RUNS");
        for (NodeStatus node : status.nodes()) {
            boolean witness = node.role().equals("witness");
            table.row(
                    new Table.Cell(node.name() + (node.name().equals(status.leader()) ? " *" : ""), Paint.PLAIN),
                    new Table.Cell(state(node), Paint.ofNode(node.state())),
                    Table.Cell.of(node.voter() ? "yes" : "no"),
                    Table.Cell.of(witness ? "-" : guard(node)),
                    Table.Cell.of(lease(node)),
                    Table.Cell.of(witness ? "(witness: runs nothing)" : runs(status, node)));
        }
        out.append(table.text()).append('\n');
    }

    private static String state(NodeStatus node) {
        return node.maintenance() ? node.state() + ", maintenance" : node.state();
    }

    private static String guard(NodeStatus node) {
        return node.containment().equals("weak") ? node.guard() + ", weak" : node.guard();
    }

    private static String lease(NodeStatus node) {
        return node.leaseMs() > 0 ? Durations.format(Duration.ofMillis(node.leaseMs())) : "-";
    }

    private static String runs(ClusterStatus status, NodeStatus node) {
        List<String> names = status.resources().stream()
                .filter(resource -> resource.node().equals(node.name()))
                .map(ResourceStatus::name)
                .toList();
        return names.isEmpty() ? "-" : String.join(", ", names);
    }

    private static void resources(StringBuilder out, ClusterStatus status, boolean colour, int width) {
        if (status.resources().isEmpty()) {
            out.append("No resources. 'ha apply FILE' brings a cluster document in.\n");
            return;
        }
        Table table = new Table(colour, width, "RESOURCE", "STATE", "NODE", "TYPE", "WHY");
        for (ResourceStatus resource : status.resources()) {
            table.row(
                    Table.Cell.of(resource.name()),
                    new Table.Cell(stateAndRole(resource), Paint.ofResource(resource.state())),
                    Table.Cell.of(resource.node().isEmpty() ? "-" : resource.node()),
                    Table.Cell.of(resource.type()),
                    Table.Cell.of(why(resource)));
        }
        out.append(table.text());
    }

    private static String stateAndRole(ResourceStatus resource) {
        boolean plain = resource.role().isEmpty() || resource.role().equals("unpromoted");
        return plain ? resource.state() : resource.state() + ", " + resource.role();
    }

    private static void devices(StringBuilder out, ClusterStatus status, boolean colour, int width) {
        if (status.fencing().isEmpty()) {
            return;
        }
        Table table = new Table(colour, width, "FENCE DEVICE", "LEVEL", "AT MOST", "LAST PROOF", "CUTS OFF");
        for (FenceDeviceStatus device : status.fencing()) {
            boolean failed = device.tests().stream().anyMatch(test -> !test.ok());
            table.row(
                    Table.Cell.of(device.name()),
                    Table.Cell.of(String.valueOf(device.level())),
                    Table.Cell.of(
                            device.longestMs() == 0 ? "-" : Durations.format(Duration.ofMillis(device.longestMs()))),
                    new Table.Cell(proof(device), failed ? Paint.BAD : Paint.PLAIN),
                    Table.Cell.of(String.join(", ", device.nodes())));
        }
        out.append('\n').append(table.text());
    }

    private static String proof(FenceDeviceStatus device) {
        List<String> failed = device.tests().stream()
                .filter(test -> !test.ok())
                .map(FenceDeviceStatus.Test::by)
                .toList();
        String last =
                device.proofAgeMs() < 0 ? "never" : Durations.format(Duration.ofMillis(device.proofAgeMs())) + " ago";
        return failed.isEmpty() ? last : last + ", fails on " + String.join(", ", failed);
    }

    private static Map<String, Object> device(FenceDeviceStatus device) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("name", device.name());
        json.put("agent", device.agent());
        json.put("nodes", device.nodes());
        json.put("level", device.level());
        json.put("timeout_ms", device.timeoutMs());
        json.put("longest_ms", device.longestMs());
        json.put("proof_age_ms", device.proofAgeMs());
        json.put("tests", device.tests().stream().map(StatusView::test).toList());
        return json;
    }

    private static Map<String, Object> test(FenceDeviceStatus.Test test) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("by", test.by());
        json.put("age_ms", test.ageMs());
        json.put("ok", test.ok());
        json.put("proof_age_ms", test.proofAgeMs());
        json.put("said", test.said());
        return json;
    }

    private static String why(ResourceStatus resource) {
        List<String> parts = new ArrayList<>();
        if (!resource.reason().isEmpty()) {
            parts.add(resource.reason());
        }
        if (resource.failures() > 0) {
            parts.add(resource.failures() == 1 ? "failed once" : "failed " + resource.failures() + " times");
        }
        if (!resource.retryAt().isEmpty()) {
            parts.add("will retry at " + Times.local(resource.retryAt()));
        }
        return String.join("; ", parts);
    }

    /** {@return the fields that scripts rely on, and some more} */
    static Map<String, Object> json(ClusterStatus status) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("cluster", status.cluster());
        json.put("revision", status.revision());
        json.put("leader", status.leader());
        json.put("quorum", status.quorum());
        json.put("nodes", status.nodes().stream().map(StatusView::node).toList());
        json.put(
                "resources",
                status.resources().stream().map(StatusView::resource).toList());
        json.put("fencing", status.fencing().stream().map(StatusView::device).toList());
        json.put("problems", status.problems());
        return json;
    }

    private static Map<String, Object> node(NodeStatus node) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("name", node.name());
        json.put("role", node.role());
        json.put("state", node.state());
        json.put("incarnation", node.incarnation());
        json.put("guard", node.guard());
        json.put("containment", node.containment());
        json.put("lease_ms", node.leaseMs());
        json.put("voter", node.voter());
        json.put("maintenance", node.maintenance());
        json.put("attributes", new TreeMap<>(node.attributes()));
        return json;
    }

    private static Map<String, Object> resource(ResourceStatus resource) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("name", resource.name());
        json.put("type", resource.type());
        json.put("state", resource.state());
        json.put("node", resource.node());
        json.put("token", resource.token());
        json.put("reason", resource.reason());
        json.put("failures", resource.failures());
        json.put("retry_at", resource.retryAt());
        json.put("role", resource.role());
        json.put("promoted_token", resource.promotedToken());
        return json;
    }
}
