package io.holdfast.membership;

import io.holdfast.api.cluster.ClusterStatus;
import io.holdfast.api.cluster.FenceDeviceStatus;
import io.holdfast.api.cluster.JoinState;
import io.holdfast.api.cluster.NodeStatus;
import io.holdfast.api.cluster.ResourceStatus;
import io.holdfast.model.NodeRecord;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Makes the status from a picture. Pure. */
final class StatusView {
    private StatusView() {}

    static ClusterStatus of(Picture picture, long nanos, long wallMillis) {
        List<NodeStatus> nodes =
                picture.names().stream().map(name -> node(picture, name, nanos)).toList();
        List<ResourceStatus> resources = new ResourceView(picture, wallMillis).all();
        List<FenceDeviceStatus> fencing = FenceView.of(picture, wallMillis);
        return new ClusterStatus(
                picture.state().revision() == 0
                        ? "" // what stands in for a document until there is one has a name that nobody gave
                        : picture.state().configuration().cluster(),
                picture.state().index(),
                picture.leadership().leader(),
                picture.quorum(),
                nodes,
                resources,
                fencing,
                new Problems(picture, nodes, resources, fencing).all());
    }

    static JoinState joinState(Picture picture) {
        String why = picture.health().tooOld()
                ? picture.health().problem() + "; " + picture.health().remedy()
                : Stream.concat(
                                Problems.refusals(picture).stream(),
                                Stream.of(picture.standing())
                                        .filter(standing -> picture.refused()
                                                || picture.refusals().isEmpty()))
                        .collect(Collectors.joining("; "));
        return new JoinState(
                picture.self(),
                picture.standing().isEmpty(),
                picture.standing().isEmpty() ? "" : why,
                picture.keptOut());
    }

    private static NodeStatus node(Picture picture, String name, long nanos) {
        NodeRecord record = picture.state().nodes().get(name);
        Map<String, String> told = new TreeMap<>(picture.attributes().getOrDefault(name, Map.of()));
        if (record != null) {
            told.putAll(record.attributes());
        }
        boolean witness = record == null
                ? told.getOrDefault("role", "node").equals("witness")
                : record.terms().witness();
        String guard = record == null ? "none" : record.terms().guard();
        Long until = picture.leaseUntil().get(name);
        return new NodeStatus(
                name,
                witness ? "witness" : "node",
                picture.nodeState(name),
                record == null ? 0 : record.incarnation(),
                guard.equals("strong") ? "armed" : guard,
                record != null && record.terms().contained() ? "strong" : "weak",
                until == null ? 0 : Math.max(0, (until - nanos) / 1_000_000),
                picture.voting().contains(name),
                record != null && record.maintenance(),
                told);
    }
}
