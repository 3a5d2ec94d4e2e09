package io.holdfast.daemon;

import io.holdfast.model.Command;
import io.holdfast.model.Grant;
import io.holdfast.model.InstanceRecord;
import io.holdfast.model.NodeRecord.Terms;
import io.holdfast.model.Result;
import io.holdfast.model.config.CloneSetting;
import io.holdfast.model.config.Configuration;
import io.holdfast.model.config.Constraint;
import io.holdfast.model.config.Defaults;
import io.holdfast.model.config.OperationSetting;
import io.holdfast.model.config.Resource;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;

/** A ledger, a loop, and nodes that joined, for the tests of this layer. */
final class TestCluster {
    final VirtualLoop loop = new VirtualLoop();
    final FakeLedger ledger = new FakeLedger(loop);
    final Map<String, Map<String, String>> attributes = new TreeMap<>();

    /** One node: what runs there outlives its reconciler. */
    final class Node {
        final String name;
        final FakePeers peers;
        final FakeLease lease = new FakeLease();
        final FakeOperations operations = new FakeOperations(loop);
        Reconciler reconciler;
        Leader leader;

        Node(String name) {
            this.name = name;
            peers = new FakePeers(name, attributes);
            join();
        }

        void join() {
            peers.incarnation = ((Result.Done) ledger.put(name, new Command.Join(name, terms()))).value();
            peers.changed();
        }

        Site site() {
            return new Site(name, loop, loop, ledger.on(name), peers);
        }

        Node reconcile() {
            reconciler = new Reconciler(site(), operations, lease);
            reconciler.start();
            return this;
        }

        /** The daemon or its bundle ends and comes back. */
        void restart() {
            reconciler.close();
            operations.daemonEnded();
            reconcile();
        }

        void lead() {
            leader = new Leader(site());
            leader.start();
        }

        long grant(String instance) {
            return ((Result.Done) ledger.put("n1", new Command.Allow(instance, name, peers.incarnation, "test")))
                    .value();
        }

        /** The guard found the lease ended. */
        void closeGate() {
            lease.active = false;
            lease.closings++;
            lease.proved = false;
        }

        void guardDone() {
            operations.killAll();
            lease.proved = true;
        }

        void renew() {
            lease.active = true;
            lease.changed();
        }
    }

    static Terms terms() {
        return new Terms(false, 2000, 250, "process", true, 7, 1, "m", false, "0.1.0");
    }

    void revoke(String instance) {
        ledger.put(
                "n1", new Command.Revoke(instance, grant(instance).orElseThrow().token(), "moved"));
    }

    Optional<Grant> grant(String instance) {
        return Optional.ofNullable(ledger.state().grants().get(instance));
    }

    InstanceRecord record(String instance) {
        return ledger.state().instances().get(instance);
    }

    /** {@return what the holder reported last, or "" } */
    String report(String instance) {
        return record(instance).report().map(report -> report.state().name()).orElse("");
    }

    static Resource resource(String name, String... parameters) {
        TreeMap<String, String> named = new TreeMap<>();
        for (int i = 0; i < parameters.length; i += 2) {
            named.put(parameters[i], parameters[i + 1]);
        }
        return new Resource(
                name,
                "t",
                named,
                OperationSetting.UNSET,
                OperationSetting.UNSET,
                OperationSetting.UNSET,
                OptionalInt.empty(),
                OptionalInt.empty(),
                Optional.empty(),
                0);
    }

    void configure(Resource... resources) {
        configure(List.of(), resources);
    }

    void configure(List<Constraint> constraints, Resource... resources) {
        configure(constraints, Map.of(), resources);
    }

    /** The first resource as a clone of two copies, of which so many are promoted; -1: they cannot be. */
    void clone(int promoted, Resource... resources) {
        boolean able = promoted >= 0;
        CloneSetting clone = new CloneSetting(
                resources[0].name(), OptionalInt.of(2), 1, 0, false, false, false, able, Math.max(0, promoted), 1);
        configure(List.of(), Map.of("clone", clone), resources);
    }

    private void configure(List<Constraint> constraints, Map<String, CloneSetting> clones, Resource... resources) {
        TreeMap<String, Resource> named = new TreeMap<>();
        for (Resource resource : resources) {
            named.put(resource.name(), resource);
        }
        Configuration configuration = new Configuration(
                "test",
                named,
                new TreeMap<>(),
                constraints,
                List.of(),
                new Defaults(1, 3, Duration.ofMinutes(10)),
                new TreeMap<>(clones),
                new TreeMap<>(),
                new TreeMap<>(),
                List.of());
        Result result = ledger.put("n1", new Command.Apply(configuration, "cluster: test\n", -1, "test"));
        if (result instanceof Result.Refused refused) {
            throw new AssertionError(refused.reason());
        }
    }
}
