package io.holdfast.membership;

import io.holdfast.api.cluster.ResourceStatus;
import io.holdfast.model.Grant;
import io.holdfast.model.InstanceRecord;
import io.holdfast.model.InstanceRecord.FailureRecord;
import io.holdfast.model.InstanceRecord.Report;
import io.holdfast.model.Instances;
import io.holdfast.model.NodeRecord;
import io.holdfast.model.config.Configuration;
import io.holdfast.model.config.Resource;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Resources as people see them. */
final class ResourceView {
    private final Picture picture;
    private final long wallMillis;
    private final Instances instances;

    ResourceView(Picture picture, long wallMillis) {
        this.picture = picture;
        this.wallMillis = wallMillis;
        instances = Instances.of(picture.state());
    }

    List<ResourceStatus> all() {
        Set<String> names = new TreeSet<>(instances.all().keySet());
        picture.state().grants().keySet().stream()
                .filter(name -> !Instances.isRight(name)) // it is the role of a copy
                .forEach(names::add);
        return names.stream().map(this::one).toList();
    }

    private Configuration configuration() {
        return picture.state().configuration();
    }

    private ResourceStatus one(String name) {
        Optional<Resource> resource = instances.definition(name);
        Optional<InstanceRecord> record = picture.state().instance(name);
        String type = resource.map(Resource::type).orElse("");
        OptionalLong retry = retryAt(resource, record);
        String retryAt = retry.isPresent()
                ? Instant.ofEpochMilli(retry.getAsLong())
                        .truncatedTo(ChronoUnit.SECONDS)
                        .toString()
                : "";
        int failures = record.stream()
                .flatMap(known -> known.failures().values().stream())
                .mapToInt(FailureRecord::count)
                .sum();
        Optional<Grant> grant = picture.state().grant(name);
        if (grant.isPresent()) {
            Said said = granted(grant.get(), record);
            Optional<Grant> right = right(grant.get());
            return new ResourceStatus(
                    name,
                    type,
                    said.state(),
                    grant.get().node(),
                    grant.get().token(),
                    said.reason(),
                    failures,
                    retryAt,
                    right.map(this::role).orElseGet(() -> promotable(name) ? "unpromoted" : ""),
                    right.map(Grant::token).orElse(0L));
        }
        Said said = idle(resource, record, retryAt);
        return new ResourceStatus(name, type, said.state(), "", 0, said.reason(), failures, retryAt);
    }

    /** The right by which it may be promoted. */
    private Optional<Grant> right(Grant copy) {
        String resource = Instances.resource(copy.instance());
        return Instances.rights(picture.state().grants(), resource).stream()
                .filter(right -> right.heldBy(copy.node(), copy.incarnation()))
                .findFirst();
    }

    private boolean promotable(String name) {
        return instances
                .clone(name)
                .filter(clone -> Instances.promoted(clone) > 0)
                .isPresent();
    }

    private String role(Grant right) {
        boolean is = picture.state()
                .instance(right.instance())
                .flatMap(InstanceRecord::report)
                .filter(said -> said.token() == right.token() && said.state() == InstanceRecord.State.ACTIVE)
                .isPresent();
        return right.revoked() ? "demoting" : is ? "promoted" : "promoting";
    }

    private record Said(String state, String reason) {}

    private Said granted(Grant grant, Optional<InstanceRecord> record) {
        Optional<NodeRecord> holder =
                picture.record(grant.node()).filter(node -> node.incarnation() == grant.incarnation());
        if (holder.isEmpty() || !holder.get().joined() || !picture.heard().contains(grant.node())) {
            return new Said(
                    "unknown",
                    grant.node() + " is " + picture.nodeState(grant.node())
                            + " and may still run it until it is fenced (token " + grant.token() + ")");
        }
        Optional<Report> report = record.flatMap(InstanceRecord::report).filter(said -> said.token() == grant.token());
        String detail = report.map(Report::detail).orElse("");
        String reason = detail.isEmpty() ? grant.reason() : grant.reason() + "; " + detail;
        if (report.isEmpty()) {
            return new Said(grant.revoked() ? "stopping" : "starting", reason);
        }
        return switch (report.get().state()) {
            case BLOCKED -> new Said("blocked", reason);
            case FAILED -> new Said(grant.revoked() ? "stopping" : "failed", reason);
            case ACTIVE -> new Said(grant.revoked() ? "stopping" : "active", reason);
            case STARTING -> new Said(grant.revoked() ? "stopping" : "starting", reason);
            case STOPPING -> new Said("stopping", reason);
        };
    }

    private Said idle(Optional<Resource> resource, Optional<InstanceRecord> record, String retryAt) {
        if (record.filter(known -> known.wanted().stopped()).isPresent()) {
            return new Said("stopped", "stopped by wish");
        }
        if (!picture.quorum()) {
            return new Said("stopped", "no quorum: nothing is started");
        }
        boolean failed = resource.isPresent()
                && record.filter(known -> known.failures().values().stream()
                                .anyMatch(failure -> counts(resource.get(), failure) && bars(resource.get(), failure)))
                        .isPresent();
        if (failed) {
            String where = record.orElseThrow().failures().entrySet().stream()
                    .map(entry -> entry.getValue().operation() + " failed on " + entry.getKey() + " ("
                            + entry.getValue().reason() + ")")
                    .collect(Collectors.joining("; "));
            return new Said("failed", where + (retryAt.isEmpty() ? "" : "; will retry at " + retryAt));
        }
        return new Said("stopped", "not placed on any node");
    }

    private boolean bars(Resource resource, FailureRecord failure) {
        int threshold = configuration().migrationThreshold(resource);
        return failure.permanent() || (threshold > 0 && failure.count() >= threshold);
    }

    private boolean counts(Resource resource, FailureRecord failure) {
        Duration timeout = configuration().failureTimeout(resource);
        return failure.permanent() || timeout.isZero() || failure.lastWallMillis() + timeout.toMillis() > wallMillis;
    }

    /** When the first node that failures forbid becomes possible again by itself. */
    private OptionalLong retryAt(Optional<Resource> resource, Optional<InstanceRecord> record) {
        if (resource.isEmpty() || record.isEmpty()) {
            return OptionalLong.empty();
        }
        long timeout = configuration().failureTimeout(resource.get()).toMillis();
        Map<String, FailureRecord> failures = record.get().failures();
        return failures.values().stream()
                .filter(failure -> timeout > 0 && !failure.permanent() && bars(resource.get(), failure))
                .mapToLong(failure -> failure.lastWallMillis() + timeout)
                .filter(at -> at > wallMillis)
                .min();
    }
}
