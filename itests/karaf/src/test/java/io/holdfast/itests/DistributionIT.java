package io.holdfast.itests;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;
import static org.ops4j.pax.exam.karaf.options.KarafDistributionOption.editConfigurationFilePut;

import io.holdfast.api.cluster.Cluster;
import io.holdfast.api.cluster.ClusterControl;
import io.holdfast.api.cluster.Deployments;
import io.holdfast.api.cluster.ResourceStatus;
import io.holdfast.api.resource.ResourceType;
import io.holdfast.itests.counter.CounterType;
import io.holdfast.itests.counter.ThrowingType;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarInputStream;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import javax.inject.Inject;
import org.apache.karaf.shell.api.console.SessionFactory;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.ProbeBuilder;
import org.ops4j.pax.exam.TestProbeBuilder;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleListener;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.Version;
import org.osgi.framework.wiring.FrameworkWiring;

/** One node in the distribution: wiring, commands, hot deploy, and layers that are stopped, started and updated under a resource. */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class DistributionIT {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final List<String> LAYERS =
            List.of("transport", "ledger", "membership", "fencing", "daemon", "deploy");

    @Inject
    private BundleContext context;

    @Inject
    private SessionFactory sessions;

    private Console console;

    /** The container. */
    @Configuration
    public Option[] container() throws Exception {
        List<Option> options = Containers.distribution("solo", 17820);
        options.add(editConfigurationFilePut(
                "etc/org.ops4j.pax.logging.cfg", "log4j2.logger.features.level", "INFO")); // for planOf
        return options.toArray(Option[]::new);
    }

    /** Wired to the interfaces only: a probe that imports whatever there is would be refreshed with the layer under test. */
    @ProbeBuilder
    public TestProbeBuilder probe(TestProbeBuilder probe) {
        probe.setHeader("Bundle-SymbolicName", "holdfast-itests-probe");
        probe.setHeader(
                "DynamicImport-Package",
                "org.junit,org.junit.*,org.hamcrest,org.hamcrest.*,javax.inject,javax.security.auth,org.ops4j.*,org.osgi.*,org.apache.karaf.*,io.holdfast.api.*");
        return probe;
    }

    @Before
    public void online() throws Exception {
        console = new Console(sessions);
        await(
                "the node is online",
                () -> cluster().status().quorum()
                        && cluster().status().nodes().stream()
                                .anyMatch(node -> node.state().equals("online")));
    }

    @Test
    public void wiresEveryLayer() throws Exception {
        for (String service : List.of(
                "runtime.Loop",
                "transport.Transport",
                "runtime.GuardLink",
                "runtime.NodeSettings",
                "cluster.Cluster",
                "cluster.ClusterControl")) {
            String name = "io.holdfast.api." + service;
            await(name, () -> context.getServiceReference(name) != null);
        }
        for (Bundle bundle : context.getBundles()) {
            if (bundle.getSymbolicName().startsWith("io.holdfast.")) {
                assertEquals(bundle.toString(), Bundle.ACTIVE, bundle.getState());
            }
        }
    }

    @Test
    public void runsEveryCommand() throws Exception {
        String commands = console.run("help");
        for (String command : List.of(
                "status",
                "apply",
                "export",
                "diff",
                "explain",
                "events",
                "move",
                "unmove",
                "start",
                "stop",
                "retry",
                "standby",
                "online",
                "maintenance",
                "fence",
                "confirm-fenced",
                "simulate",
                "import-cib",
                "deploy",
                "deployments",
                "undeploy")) {
            assertTrue("no ha:" + command + " in " + commands, commands.contains(command));
            String help = console.run("ha:" + command + " --help");
            assertTrue(help, help.contains(command));
        }
        String status = console.run("ha:status");
        assertTrue(status, status.contains("solo"));
        assertTrue(console.run("ha:export").contains("cluster:"));
    }

    /** A resource type that is dropped into the deploy folder can be used, and removed again; a half of it harms nobody. */
    @Test
    public void deploysAResourceType() throws Exception {
        Path deployed = base().resolve("deploy/counter.jar");
        Path hidden = base().resolve("deploy-counter.jar");
        writeBundle(hidden, "itests.counter", "1.0.0", CounterType.class);
        Path copy = Files.copy(hidden, base().resolve("copy.jar"));
        Files.write(deployed, Arrays.copyOf(Files.readAllBytes(hidden), 700)); // a slow copy
        TimeUnit.SECONDS.sleep(4); // the folder is looked at each second
        Files.move(hidden, deployed, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        String filter = "(component.name=" + CounterType.class.getName() + ")";
        await(
                "the type is registered",
                () -> !context.getServiceReferences(ResourceType.class, filter).isEmpty());
        await("the type is on offer", this::offersCounter);
        apply("  ticks:\n    type: counter\n");
        await("ticks is active", () -> state("ticks").equals("active"));
        String said = console.run("ha:deploy " + copy);
        assertTrue(said, said.contains("it is there already, not by 'ha deploy' but from"));
        assertEquals("active", state("ticks"));
        apply("");
        await("ticks is gone", () -> state("ticks").isEmpty());
        Files.delete(deployed);
        await(
                "the type is gone",
                () -> context.getServiceReferences(ResourceType.class, filter).isEmpty());
    }

    /** A bundle is put on all nodes by a command, kept when a worse one comes, and taken away again. */
    @Test
    public void deploysByCommand() throws Exception {
        Path folder = Files.createTempDirectory(base(), "bundles");
        Path good = folder.resolve("good.jar");
        writeBundle(good, "itests.deployed", "1.0.0", CounterType.class);
        await("commands are taken", () -> context.getServiceReference(Deployments.class) != null);
        String said = console.run("ha:deploy " + good);
        assertTrue(said, said.contains("itests.deployed 1.0.0 is deployed: it is well on solo"));
        assertTrue(said, said.contains("offers counter"));
        apply("  ticks:\n    type: counter\n");
        await("ticks is active", () -> state("ticks").equals("active"));

        Path throwing = folder.resolve("throwing.jar");
        writeBundle(throwing, "itests.deployed", "1.1.0", ThrowingType.class);
        said = console.run("ha:deploy " + throwing);
        assertTrue(said, said.contains("itests.deployed 1.1.0 is rolled back: on solo: "));
        assertTrue(said, said.contains("there is no disk"));
        await("the one before is at work again", this::firstIsBack);
        Path unresolved = folder.resolve("unresolved.jar");
        writeBundle(unresolved, "itests.deployed", "1.2.0", CounterType.class, "com.example.nowhere");
        Bundle before = deployed();
        said = console.run("ha:deploy " + unresolved);
        assertTrue(said, said.contains("it does not resolve: "));
        assertTrue(said, said.contains("com.example.nowhere"));
        assertEquals(
                "what does not resolve disturbs nothing",
                before.getBundleId(),
                deployed().getBundleId());
        Path torn = folder.resolve("torn.jar");
        Files.write(torn, Arrays.copyOf(Files.readAllBytes(good), 700));
        said = console.run("ha:deploy " + torn);
        assertTrue(said, said.contains("it is no jar, or only a part of one"));
        await("the one before is at work", () -> firstIsBack() && state("ticks").equals("active"));

        said = console.run("ha:undeploy itests.deployed");
        assertTrue(said, said.contains("uses in ticks"));
        apply("");
        await("ticks is gone", () -> state("ticks").isEmpty());
        await(
                "it is undeployed",
                () -> console.run("ha:undeploy itests.deployed").contains("is undeployed"));
        await(
                "its bundle is gone",
                () -> Arrays.stream(context.getBundles())
                        .noneMatch(bundle -> bundle.getSymbolicName().equals("itests.deployed")));
    }

    /** What Karaf's feature service installs: a KAR, taken back when a worse one comes, and a feature that the container knows. */
    @Test
    public void deploysKarsAndFeaturesByCommand() throws Exception {
        Path folder = Files.createTempDirectory(base(), "kars");
        await("commands are taken", () -> context.getServiceReference(Deployments.class) != null);
        Path good = kar(folder, "1.0.0", CounterType.class);
        String said = console.run("ha:deploy " + good);
        assertTrue(said, said.contains("itests-kar 1.0.0 is deployed: it is well on solo"));
        assertTrue(said, said.contains("offers counter"));
        assertEquals(new Version("1.0.0"), bundle("itests.kar.first").getVersion());
        assertEquals(Bundle.ACTIVE, bundle("itests.kar.second").getState());
        apply("  ticks:\n    type: counter\n");
        await("ticks is active", () -> state("ticks").equals("active"));

        said = console.run("ha:deploy " + kar(folder, "1.1.0", ThrowingType.class));
        assertTrue(said, said.contains("itests-kar 1.1.0 is rolled back: on solo: "));
        assertTrue(said, said.contains("there is no disk"));
        await(
                "the one before is at work again",
                () -> bundle("itests.kar.first").getVersion().equals(new Version("1.0.0"))
                        && bundle("itests.kar.first").getState() == Bundle.ACTIVE
                        && state("ticks").equals("active"));
        Bundle present = bundle("itests.kar.first");
        Set<Integer> left = new ConcurrentSkipListSet<>();
        BundleListener leaving = event -> {
            if (event.getBundle() == present) {
                left.add(event.getType());
            }
        };
        context.addBundleListener(leaving);
        for (String second : List.of("0.0.0", "1.2.0")) { // as it is there, and another one
            String version = "1.2." + second.charAt(0);
            said = console.run("ha:deploy " + kar(folder, version, second, CounterType.class, "com.example.nowhere"));
            assertTrue(said, said.contains("its features cannot be installed: "));
            assertTrue(said, said.contains("com.example.nowhere"));
            assertEquals(Bundle.ACTIVE, present.getState());
            assertTrue(state("ticks"), state("ticks").equals("active"));
            await("its list is gone", () -> !console.run("feature:list").contains(version));
        }
        context.removeBundleListener(leaving);
        assertTrue("what runs was touched: " + left, left.isEmpty());
        said = console.run("ha:deploy " + kar(folder, "1.2.2", "1.2.2", CounterType.class));
        assertTrue(said, said.contains("itests-kar 1.2.2 is deployed"));
        assertEquals(new Version("1.2.2"), bundle("itests.kar.first").getVersion());
        assertEquals(new Version("1.2.2"), bundle("itests.kar.second").getVersion());
        said = console.run("ha:deploy " + kar(folder, "1.3.0", "1.2.2", CounterType.class));
        assertTrue(said, said.contains("itests-kar 1.3.0 is deployed"));
        assertEquals(new Version("1.3.0"), bundle("itests.kar.first").getVersion());
        apply("");
        await("ticks is gone", () -> state("ticks").isEmpty());
        await("it is undeployed", () -> console.run("ha:undeploy itests-kar").contains("is undeployed"));
        await(
                "its bundles are gone",
                () -> Arrays.stream(context.getBundles())
                        .noneMatch(bundle -> bundle.getSymbolicName().startsWith("itests.kar.")));
        await("so is its list", () -> !console.run("feature:list").contains("itests-kar"));

        said = console.run("ha:deploy feature:holdfast-nothing");
        assertTrue(said, said.contains("no feature holdfast-nothing is known here"));
        said = console.run("ha:deploy feature:holdfast-cifs");
        assertTrue(said, said.contains("holdfast-cifs 0.1.0 is deployed: it is well on solo"));
        assertTrue(said, said.contains("offers cifs"));
        await("it is undeployed", () -> console.run("ha:undeploy holdfast-cifs").contains("is undeployed"));
        await(
                "its bundle is gone",
                () -> Arrays.stream(context.getBundles())
                        .noneMatch(bundle -> bundle.getSymbolicName().equals("io.holdfast.cifs")));
    }

    /** A KAR with two bundles, the second one without a type. */
    private static Path kar(Path folder, String version, Class<?> type, String... imports) throws IOException {
        return kar(folder, version, "0.0.0", type, imports);
    }

    private static Path kar(Path folder, String version, String second, Class<?> type, String... imports)
            throws IOException {
        Path first = folder.resolve("first-" + version + ".jar");
        writeBundle(first, "itests.kar.first", version, type, imports);
        Path kar = folder.resolve("itests-" + version + ".kar");
        String path = "repository/itests/%s/" + version + "/%s-" + version + "%s";
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(kar))) {
            out.putNextEntry(new ZipEntry(path.formatted("kar", "kar", "-features.xml")));
            out.write(("<features name=\"itests-" + version
                            + "\" xmlns=\"http://karaf.apache.org/xmlns/features/v1.6.0\"><feature name=\"itests-kar\" version=\""
                            + version + "\"><feature>scr</feature><bundle>mvn:itests/first/" + version
                            + "</bundle><bundle>mvn:itests/second/1.0.0</bundle></feature></features>")
                    .getBytes(StandardCharsets.UTF_8));
            out.putNextEntry(new ZipEntry(path.formatted("first", "first", ".jar")));
            Files.copy(first, out);
            Manifest manifest = new Manifest();
            manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
            manifest.getMainAttributes().putValue("Bundle-ManifestVersion", "2");
            manifest.getMainAttributes().putValue("Bundle-SymbolicName", "itests.kar.second");
            manifest.getMainAttributes().putValue("Bundle-Version", second);
            out.putNextEntry(new ZipEntry("repository/itests/second/1.0.0/second-1.0.0.jar"));
            new JarOutputStream(out, manifest).finish();
        }
        return kar;
    }

    private boolean firstIsBack() {
        List<Bundle> all = Arrays.stream(context.getBundles())
                .filter(bundle -> bundle.getSymbolicName().equals("itests.deployed"))
                .toList();
        return all.size() == 1
                && all.get(0).getVersion().equals(new Version("1.0.0"))
                && all.get(0).getState() == Bundle.ACTIVE;
    }

    private boolean offersCounter() {
        String types = cluster().attributes().getOrDefault("solo", Map.of()).getOrDefault("types", "");
        return List.of(types.split(" ")).contains("counter");
    }

    private Bundle deployed() {
        return bundle("itests.deployed");
    }

    /** Whatever layer is stopped, started or updated: the process of a resource goes on, and the node is whole again. */
    @Test
    public void swapsEachLayerUnderAResource() throws Exception {
        apply("  sleeper:\n    type: process\n    parameters: {command: \"sleep 86400\"}\n");
        await("sleeper is active", () -> state("sleeper").equals("active"));
        long pid = sleeper();
        for (String layer : LAYERS) {
            Bundle bundle = bundle("io.holdfast." + layer);
            bundle.stop();
            bundle.start();
            await("after a restart of " + layer, () -> whole() && sleeper() == pid);
            try (InputStream same = jar(bundle)) {
                bundle.update(same);
            }
            context.getBundle(0).adapt(FrameworkWiring.class).refreshBundles(List.of(bundle));
            await("after an update of " + layer, () -> whole() && sleeper() == pid);
        }
        apply("");
        await("sleeper is gone", () -> state("sleeper").isEmpty());
    }

    /** What does not resolve is refused before anything is touched; what does not come to life is put back by itself. */
    @Test
    public void takesBackALayerThatIsNoGood() throws Exception {
        apply("  sleeper:\n    type: process\n    parameters: {command: \"sleep 86400\"}\n");
        await("sleeper is active", () -> state("sleeper").equals("active"));
        long pid = sleeper();
        String said = console.run("ha:swap fencing --dry-run");
        assertTrue(said, said.contains("fencing would go from version 0.1.0 to 0.1.0"));
        assertTrue(said, said.contains("io.holdfast.daemon"));
        assertTrue(said, said.contains("All of it resolves"));

        Path jar = Files.createTempFile(base(), "fencing", ".jar");
        changed("io.holdfast.fencing", jar, "Import-Package", "com.example.nowhere;version=\"[2,3)\"");
        said = console.run("ha:swap fencing " + jar);
        assertTrue(said, said.contains("it imports com.example.nowhere [2,3), which nobody exports"));
        changed("io.holdfast.membership", jar, "Export-Package", null);
        said = console.run("ha:swap membership " + jar);
        assertTrue(said, said.contains("io.holdfast.daemon imports io.holdfast.membership in a version"));
        said = console.run("ha:swap fencing " + jar);
        assertTrue(said, said.contains("the bundle io.holdfast.membership"));

        changed("io.holdfast.fencing", jar, "Service-Component", null); // active, and does nothing
        said = console.run("ha:swap fencing " + jar);
        assertTrue(said, said.contains("this node is not back in the cluster 40 s later"));
        assertTrue(said, said.contains("Version 0.1.0 is put back and at work again"));
        await("all is as before", () -> whole() && sleeper() == pid);
        assertTrue(cluster().events(0).stream()
                .anyMatch(event -> event.text().contains("The swap of fencing on solo is taken back")));

        said = console.run("ha:swap shell");
        assertTrue(said, said.contains("shell is at version 0.1.0 now, before it was 0.1.0"));
        changed("io.holdfast.shell", jar, "Service-Component", null);
        said = console.run("ha:swap shell " + jar);
        assertTrue(said, said.contains("The new shell failed: it has no components. Version 0.1.0 is put back"));
        await("commands are taken again", () -> console.run("ha:status").contains("sleeper"));
        assertTrue("what runs was not touched", whole() && sleeper() == pid);
        apply("");
        await("sleeper is gone", () -> state("sleeper").isEmpty());
    }

    /** The container's own update command gets the same return, and nothing that runs is stopped meanwhile. */
    @Test
    public void takesBackAPlainUpdateThatIsNoGood() throws Exception {
        apply("  sleeper:\n    type: process\n    parameters: {command: \"sleep 86400\"}\n");
        await("sleeper is active", () -> state("sleeper").equals("active"));
        long pid = sleeper();
        Path jar = Files.createTempFile(base(), "fencing", ".jar");
        changed("io.holdfast.fencing", jar, "Service-Component", null); // active, and does nothing
        try (InputStream in = Files.newInputStream(jar)) {
            bundle("io.holdfast.fencing").update(in);
        }
        assertEquals(new Version("0.1.99"), bundle("io.holdfast.fencing").getVersion());
        Waiting.until(
                "the one of before is at work again",
                80,
                () -> bundle("io.holdfast.fencing").getVersion().equals(new Version("0.1.0"))
                        && whole()
                        && sleeper() == pid);
        await(
                "an event says so",
                () -> cluster().events(0).stream()
                        .anyMatch(event ->
                                event.text().contains("The update of fencing on solo is taken back, 0.1.0 is")));
        apply("");
        await("sleeper is gone", () -> state("sleeper").isEmpty());
    }

    /** The bundle with another header (null: without it), and another version. */
    private void changed(String bundle, Path jar, String header, String value) throws IOException {
        try (JarInputStream in = new JarInputStream(jar(bundle(bundle)))) {
            Manifest manifest = in.getManifest();
            if (value == null) {
                manifest.getMainAttributes().remove(new Attributes.Name(header));
            } else {
                manifest.getMainAttributes()
                        .putValue(
                                header,
                                value + "," + manifest.getMainAttributes().getValue(header));
            }
            manifest.getMainAttributes().putValue("Bundle-Version", "0.1.99");
            try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar), manifest)) {
                for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                    out.putNextEntry(new ZipEntry(entry.getName()));
                    in.transferTo(out);
                }
            }
        }
    }

    /** Features that people install later must not restart the container under a running node. */
    @Test
    public void refreshesNothingForLaterFeatures() throws Exception {
        for (String feature : List.of("holdfast-cifs", "eventadmin", "http", "http-whiteboard", "management")) {
            String plan = planOf(feature);
            assertTrue(
                    feature + ": " + plan,
                    plan.contains("Changes to perform") || plan.contains("No deployment change"));
            assertFalse(feature + ": " + plan, plan.contains("refresh"));
        }
    }

    /** {@return what installing it would do; the feature service writes that to the log, not to the session} */
    private String planOf(String feature) throws Exception {
        Path log = Path.of(System.getProperty("karaf.log"), "holdfast.log");
        int before = Files.readString(log).length();
        console.run("feature:install -v -t " + feature);
        String[] plan = {""};
        await("the plan for " + feature + " is in the log, which a thread of its own writes", () -> {
            String last = plan[0];
            plan[0] = Files.readString(log).substring(before);
            boolean there = plan[0].contains("Changes to perform") || plan[0].contains("No deployment change");
            return there && plan[0].equals(last);
        });
        return plan[0];
    }

    private void apply(String resources) throws Exception {
        String document = "cluster: itests\n" + (resources.isEmpty() ? "" : "resources:\n" + resources);
        await("commands are taken", () -> context.getServiceReference(ClusterControl.class) != null);
        service(ClusterControl.class)
                .apply(document, "itests.yaml", "itests", LIMIT)
                .toCompletableFuture()
                .get(30, TimeUnit.SECONDS);
    }

    private boolean whole() {
        Cluster cluster = cluster();
        return cluster.status().quorum()
                && cluster.status().nodes().stream()
                        .allMatch(node -> node.state().equals("online"))
                && state("sleeper").equals("active");
    }

    private String state(String resource) {
        return cluster().status().resources().stream()
                .filter(candidate -> candidate.name().equals(resource))
                .map(ResourceStatus::state)
                .findFirst()
                .orElse("");
    }

    /** The process of the resource, found from outside of the node's own books; 0 if there is none. */
    private long sleeper() {
        Map<Long, String> found = new TreeMap<>();
        ProcessHandle.allProcesses()
                .forEach(process -> process.info()
                        .commandLine()
                        .filter(line -> line.endsWith("sleep 86400"))
                        .ifPresent(line -> found.put(process.pid(), line)));
        if (found.size() > 1) {
            throw new AssertionError("two at once: " + found);
        }
        return found.keySet().stream().findFirst().orElse(0L);
    }

    private Cluster cluster() {
        return service(Cluster.class);
    }

    private <T> T service(Class<T> type) {
        ServiceReference<T> reference = context.getServiceReference(type);
        T service = reference == null ? null : context.getService(reference);
        if (service == null) {
            throw new IllegalStateException("no " + type.getName());
        }
        return service;
    }

    private Bundle bundle(String name) {
        return Arrays.stream(context.getBundles())
                .filter(bundle -> bundle.getSymbolicName().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static InputStream jar(Bundle bundle) throws IOException {
        return java.net.URI.create(bundle.getLocation()).toURL().openStream();
    }

    private Path base() {
        return Path.of(context.getProperty("holdfast.base"));
    }

    private static void await(String sentence, java.util.concurrent.Callable<Boolean> condition) throws Exception {
        Waiting.until(sentence, 30, condition);
    }

    private static void writeBundle(Path jar, String bundle, String version, Class<?> type, String... imports)
            throws IOException {
        Manifest manifest = new Manifest();
        Attributes headers = manifest.getMainAttributes();
        headers.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        headers.putValue("Bundle-ManifestVersion", "2");
        headers.putValue("Bundle-SymbolicName", bundle);
        headers.putValue("Bundle-Version", version);
        headers.putValue(
                "Import-Package",
                String.join(",", "io.holdfast.api.resource", String.join(",", imports))
                        .replaceAll(",$", ""));
        headers.putValue("Service-Component", "OSGI-INF/counter.xml");
        headers.putValue(
                "Require-Capability",
                "osgi.extender;filter:=\"(&(osgi.extender=osgi.component)(version>=1.4)(!(version>=2)))\"");
        String name = type.getName();
        String component = "<scr:component xmlns:scr=\"http://www.osgi.org/xmlns/scr/v1.4.0\" name=\"" + name + "\">"
                + "<service><provide interface=\"" + ResourceType.class.getName() + "\"/></service>"
                + "<implementation class=\"" + name + "\"/></scr:component>";
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar), manifest)) {
            String entry = name.replace('.', '/') + ".class";
            out.putNextEntry(new ZipEntry(entry));
            try (InputStream in = DistributionIT.class.getClassLoader().getResourceAsStream(entry)) {
                in.transferTo(out);
            }
            out.putNextEntry(new ZipEntry("OSGI-INF/counter.xml"));
            out.write(component.getBytes(StandardCharsets.UTF_8));
        }
    }
}
