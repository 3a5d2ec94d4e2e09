package io.holdfast.shell;

import io.holdfast.api.cluster.Cluster;
import io.holdfast.api.cluster.ClusterControl;
import io.holdfast.api.cluster.ClusterException;
import io.holdfast.api.cluster.ClusterStatus;
import io.holdfast.api.cluster.DeploymentStatus;
import io.holdfast.api.cluster.Deployments;
import io.holdfast.api.cluster.Event;
import io.holdfast.api.cluster.JoinState;
import io.holdfast.api.cluster.NodeStatus;
import io.holdfast.api.cluster.ResourceStatus;
import io.holdfast.api.fencing.FenceParameter;
import io.holdfast.api.fencing.FenceType;
import io.holdfast.api.fencing.FenceTypes;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** A cluster of three with a share, as far as the commands need one. What was asked of it is written down. */
final class FakeCluster implements Services, Cluster {
    final List<String> asked = new CopyOnWriteArrayList<>();
    final List<Event> events = new ArrayList<>();
    final List<Consumer<Event>> followers = new CopyOnWriteArrayList<>();
    CompletionStage<String> answer = CompletableFuture.completedFuture("Done.");
    ClusterStatus status = healthy();
    JoinState joinState = new JoinState("n1", true, "", false);
    boolean present = true;
    /** So many more times that it is looked for, it is not there. */
    int presentAfter;

    /** Takes every command, writes it down, and gives the answer that the test has put there. */
    private final ClusterControl control = (ClusterControl) Proxy.newProxyInstance(
            FakeCluster.class.getClassLoader(), new Class<?>[] {ClusterControl.class}, (proxy, method, arguments) -> {
                asked.add(method.getName() + (arguments == null ? "[]" : Arrays.toString(arguments)));
                return answer;
            });

    final List<DeploymentStatus> deployed = new ArrayList<>();
    byte[] kept = new byte[0];

    @Override
    public long nanos() {
        return 0;
    }

    @Override
    public Optional<Deployments> deployments() {
        return Optional.of(new Deployments() {
            @Override
            public String keep(InputStream bundle) throws IOException {
                kept = bundle.readAllBytes();
                return "d".repeat(64);
            }

            @Override
            public String keepFeature(String feature) throws IOException {
                if (feature.equals("nowhere")) {
                    throw new IOException("no feature nowhere is known here");
                }
                asked.add("keepFeature[" + feature + "]");
                return "f".repeat(64);
            }

            @Override
            public CompletionStage<Path> have(String digest, List<String> nodes) {
                throw new UnsupportedOperationException();
            }

            @Override
            public CompletionStage<String> deploy(String digest, String who, Duration limit) {
                asked.add("deploy[" + digest.charAt(0) + ", " + who + ", " + limit + "]");
                return answer;
            }

            @Override
            public CompletionStage<String> undeploy(String name, String who, Duration limit) {
                asked.add("undeploy[" + name + ", " + who + "]");
                return answer;
            }

            @Override
            public List<DeploymentStatus> deployments() {
                return deployed;
            }
        });
    }

    static NodeStatus node(String name, String role, String state, String guard, long lease, boolean maintenance) {
        return new NodeStatus(
                name,
                role,
                state,
                17,
                guard,
                "strong",
                lease,
                true,
                maintenance,
                Map.of("load", "0.3", "types", "cifs process"));
    }

    static ClusterStatus healthy() {
        return new ClusterStatus(
                "demo",
                1234,
                "n1",
                true,
                List.of(
                        node("n1", "node", "online", "armed", 1840, false),
                        node("n2", "node", "standby", "process", 1790, true),
                        node("w", "witness", "online", "none", 1900, false)),
                List.of(
                        new ResourceStatus(
                                "share-ip",
                                "ocf:heartbeat:IPaddr2",
                                "active",
                                "n1",
                                1201,
                                "n1 is preferred (score 100)",
                                0,
                                ""),
                        new ResourceStatus(
                                "web",
                                "ocf:heartbeat:nginx",
                                "failed",
                                "",
                                0,
                                "start failed on n1: configuration file /etc/nginx/nginx.conf test failed",
                                2,
                                "2026-11-22T20:00:00Z")),
                List.of());
    }

    @Override
    public String node() {
        return "n1";
    }

    @Override
    public Optional<Cluster> cluster() {
        return present && presentAfter-- <= 0 ? Optional.of(this) : Optional.empty();
    }

    @Override
    public Optional<ClusterControl> control() {
        return present && presentAfter-- <= 0 ? Optional.of(control) : Optional.empty();
    }

    static final FenceType IPMI = new FenceType(
            "fence_ipmilan",
            "/usr/sbin/fence_ipmilan",
            "Fence agent for IPMI",
            "",
            List.of("off", "on", "status"),
            List.of(
                    new FenceParameter(
                            "auth",
                            "select",
                            Optional.empty(),
                            false,
                            List.of("md5", "none"),
                            "IPMI Lan Auth type.",
                            false),
                    new FenceParameter("ip", "string", Optional.empty(), true, List.of(), "Address", false),
                    new FenceParameter("ipaddr", "string", Optional.empty(), true, List.of(), "Address", true),
                    new FenceParameter(
                            "power_timeout", "second", Optional.of("20"), false, List.of(), "Test X seconds", false)));

    @Override
    public Optional<FenceTypes> fenceTypes() {
        return Optional.of(new FenceTypes() {
            @Override
            public CompletionStage<List<FenceType>> all(Duration limit) {
                return CompletableFuture.completedFuture(List.of(
                        new FenceType(
                                "fence_ack_manual",
                                "/usr/sbin/fence_ack_manual",
                                "",
                                "no metadata",
                                List.of(),
                                List.of()),
                        IPMI));
            }

            @Override
            public CompletionStage<FenceType> one(String name, Duration limit) {
                return name.equals(IPMI.name())
                        ? CompletableFuture.completedFuture(IPMI)
                        : CompletableFuture.failedFuture(
                                new ClusterException(ClusterException.Kind.REFUSED, "There is no fence agent."));
            }
        });
    }

    @Override
    public ClusterStatus status() {
        return status;
    }

    @Override
    public JoinState joinState() {
        return joinState;
    }

    @Override
    public CompletionStage<ClusterStatus> freshStatus(Duration limit) {
        asked.add("freshStatus[" + limit + "]");
        return CompletableFuture.completedFuture(status);
    }

    @Override
    public Map<String, Map<String, String>> attributes() {
        return Map.of("n2", Map.of("load", "1.5"), "n1", Map.of("load", "0.3", "types", "cifs process"));
    }

    @Override
    public List<Event> events(long since) {
        synchronized (events) {
            return events.stream().filter(event -> event.revision() > since).toList();
        }
    }

    void happens(Event event) {
        synchronized (events) {
            events.add(event);
        }
        followers.forEach(follower -> follower.accept(event));
    }

    @Override
    public AutoCloseable follow(Consumer<Event> listener) {
        followers.add(listener);
        return () -> followers.remove(listener);
    }

    @Override
    public String export() {
        return "cluster: demo\n";
    }
}
