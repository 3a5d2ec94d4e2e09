package io.holdfast.deploy;

import io.holdfast.api.cluster.DeploymentStatus;
import io.holdfast.api.runtime.Signatures;
import io.holdfast.api.runtime.TypeTrials;
import io.holdfast.api.transport.Delivery;
import io.holdfast.api.transport.MessageHandler;
import io.holdfast.api.transport.ObjectSource;
import io.holdfast.api.transport.Registration;
import io.holdfast.api.transport.RequestHandler;
import io.holdfast.api.transport.Transport;
import io.holdfast.api.transport.View;
import io.holdfast.api.transport.ViewListener;
import io.holdfast.model.Command;
import io.holdfast.model.NodeRecord.Terms;
import io.holdfast.model.Result;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/** Nodes with one ledger, stores on a real disk, containers that are maps, and a network that is a map. */
final class TestCluster {
    static final String NAME = "com.example.web";

    final VirtualLoop loop = new VirtualLoop();
    final FakeLedger ledger = new FakeLedger(loop);
    final Map<String, Node> nodes = new TreeMap<>();
    private final Path folder;

    TestCluster(Path folder) {
        this.folder = folder;
    }

    Node join(String name, boolean witness) {
        Terms terms = new Terms(witness, 2000, 250, witness ? "none" : "process", true, 1, 0, "", false, "0.1.0");
        long incarnation = ((Result.Done) ledger.put(name, new Command.Join(name, terms))).value();
        Node node = new Node(name, incarnation, witness);
        nodes.put(name, node);
        node.begin();
        return node;
    }

    static byte[] jar(String version, String... headers) {
        Manifest manifest = new Manifest();
        Attributes main = manifest.getMainAttributes();
        main.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        main.putValue("Bundle-ManifestVersion", "2");
        main.putValue("Bundle-SymbolicName", NAME + ";singleton:=false");
        main.putValue("Bundle-Version", version);
        for (String header : headers) {
            main.putValue(header.split("=")[0], header.split("=")[1]);
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JarOutputStream out = new JarOutputStream(bytes, manifest)) {
            out.finish();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /** {@return a KAR with one feature of that name, and no bundle} */
    static byte[] packed(String feature) throws IOException {
        if (feature.equals("nowhere")) {
            throw new IOException("no feature nowhere is known here");
        }
        return KarFileTest.kar(
                "repository/features.xml",
                "<features xmlns='http://karaf.apache.org/xmlns/features/v1.6.0'><feature name='" + feature
                        + "' version='1.0.0'/></features>");
    }

    /** One node: its daemon can end and begin anew, its disk and container stay. */
    final class Node implements Here {
        final String name;
        final long incarnation;
        final FakeBundles bundles = new FakeBundles();
        final List<Runnable> changed = new ArrayList<>();
        final FakeTrials trials = new FakeTrials();
        final FakeSignatures signatures = new FakeSignatures();
        private final boolean witness;
        Store store;
        Assembly assembly;
        boolean reachable = true;
        /** Joined, as far as the daemon knows. */
        boolean here = true;

        Node(String name, long incarnation, boolean witness) {
            this.name = name;
            this.incarnation = incarnation;
            this.witness = witness;
        }

        void begin() {
            try {
                store = new Store(folder.resolve(name));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            assembly = new Assembly(
                    loop,
                    new VirtualWorkers(loop),
                    loop,
                    ledger.on(name),
                    this,
                    store,
                    bundles,
                    (feature, out) -> out.write(packed(feature)),
                    signatures,
                    new Net(),
                    !witness);
        }

        void end() {
            assembly.close();
        }

        DeploymentStatus.OnNode on(String node) {
            return assembly.desk().deployments().get(0).nodes().stream()
                    .filter(each -> each.node().equals(node))
                    .findFirst()
                    .orElseThrow();
        }

        String active() {
            Bundles.Installed installed = bundles.installed().get(NAME);
            return installed == null || !installed.active() ? "" : bundles.versions.get(installed.digest());
        }

        @Override
        public String node() {
            return name;
        }

        @Override
        public long incarnation() {
            return here ? incarnation : 0;
        }

        @Override
        public Set<String> types() {
            return active().isEmpty() ? Set.of() : bundles.offered;
        }

        @Override
        public Optional<TypeTrials> trials() {
            return Optional.of(trials);
        }

        @Override
        public Registration onChange(Runnable listener) {
            changed.add(listener);
            return () -> changed.remove(listener);
        }

        /** The transport of this node. Only what deployments use of it. */
        private final class Net implements Transport {
            @Override
            public Registration offer(String topic, ObjectSource source) {
                return () -> {};
            }

            @Override
            public CompletionStage<Long> fetch(
                    String node, String topic, String object, OutputStream sink, Duration limit) {
                CompletableFuture<Long> done = new CompletableFuture<>();
                Node other = nodes.get(node);
                loop.schedule(Duration.ofMillis(5), () -> {
                    if (other == null || !other.reachable) {
                        done.completeExceptionally(new java.util.concurrent.TimeoutException());
                        return;
                    }
                    try (InputStream in = other.store.open(object)) {
                        done.complete(in.transferTo(sink));
                    } catch (IOException e) {
                        done.completeExceptionally(e);
                    }
                });
                return done;
            }

            @Override
            public String self() {
                return name;
            }

            @Override
            public View view() {
                throw new UnsupportedOperationException();
            }

            @Override
            public Registration watch(ViewListener listener) {
                throw new UnsupportedOperationException();
            }

            @Override
            public Registration receive(String topic, MessageHandler handler) {
                throw new UnsupportedOperationException();
            }

            @Override
            public Registration answer(String topic, RequestHandler handler) {
                throw new UnsupportedOperationException();
            }

            @Override
            public void send(String node, String topic, byte[] payload, Delivery delivery) {
                throw new UnsupportedOperationException();
            }

            @Override
            public void broadcast(String topic, byte[] payload, Delivery delivery) {
                throw new UnsupportedOperationException();
            }

            @Override
            public CompletionStage<byte[]> request(String node, String topic, byte[] payload, Duration limit) {
                throw new UnsupportedOperationException();
            }
        }
    }

    /** Says what the test says. */
    static final class FakeTrials implements TypeTrials {
        final List<String> calls = new ArrayList<>();
        final List<String> waiting = new ArrayList<>();
        final List<String> troubles = new ArrayList<>();

        @Override
        public CompletionStage<Void> begin(Set<String> types) {
            calls.add("begin " + types);
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public CompletionStage<Verdict> look() {
            return CompletableFuture.completedFuture(new Verdict(waiting, troubles));
        }

        @Override
        public void end() {
            if (!calls.isEmpty() && !calls.get(calls.size() - 1).equals("end")) {
                calls.add("end");
            }
        }
    }

    /** Takes everything, or nothing. */
    static final class FakeSignatures implements Signatures {
        String refusal = "";

        @Override
        public boolean required() {
            return !refusal.isEmpty();
        }

        @Override
        public void check(Path jar) throws IOException {
            if (required()) {
                throw new IOException(refusal);
            }
        }
    }

    /** A container in which bundles do what the test says by their version. */
    static final class FakeBundles implements Bundles {
        final SortedMap<String, Installed> installed = new TreeMap<>();
        final Map<String, String> versions = new TreeMap<>();
        final Map<String, Look> looks = new TreeMap<>();
        final Set<String> throwing = new HashSet<>();
        final Set<String> hanging = new HashSet<>();
        final Set<String> ending = new HashSet<>();
        final List<String> calls = new ArrayList<>();
        Set<String> offered = Set.of("web");
        Runnable end = () -> {};

        @Override
        public SortedMap<String, Installed> installed() {
            return new TreeMap<>(installed);
        }

        @Override
        public void put(Deployable bundle, String digest, Path file) throws BundleTrouble {
            calls.add("put " + bundle.version());
            versions.put(digest, bundle.version());
            installed.put(bundle.name(), new Installed(digest, false));
            if (ending.contains(bundle.version())) {
                end.run(); // the process is gone; nothing of this call is heard of again
                throw new VirtualWorkers.Hang();
            }
            if (hanging.contains(bundle.version())) {
                throw new VirtualWorkers.Hang();
            }
            if (throwing.contains(bundle.version())) {
                throw new BundleTrouble("its activator failed: no");
            }
            installed.put(bundle.name(), new Installed(digest, true));
        }

        @Override
        public void remove(String name) {
            calls.add("remove");
            installed.remove(name);
        }

        @Override
        public Look look(String name) {
            return looks.getOrDefault(versions.get(installed.get(name).digest()), new Look.Well(List.copyOf(offered)));
        }
    }
}
