package io.holdfast.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * A web site by the agents that Debian ships: {@code Filesystem} on a loop device, {@code IPaddr2} and {@code nginx}. Each node has
 * mounts of its own; an observer looks every 20 ms that never two of them have mounted the device. The device's content is that of one
 * kernel, so this shows who mounts when, and not what a crash does to a file system.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class AgentsIT {
    private static final Duration LIMIT = Duration.ofSeconds(40);
    private static final Duration LEASE = Duration.ofSeconds(2);
    private static final int PORT = 8080;
    private static final String CONTENT = "served from the volume";

    private final List<String> doublyMounted = new ArrayList<>();
    private final ScheduledExecutorService observer = Executors.newSingleThreadScheduledExecutor();
    private final AtomicReference<List<String>> holders = new AtomicReference<>(List.of());

    private Lab lab;
    private Path folder;
    private String device = "";

    @BeforeAll
    void start() throws IOException {
        folder = Files.createTempDirectory("holdfast-agents");
        Files.setPosixFilePermissions(
                folder, PosixFilePermissions.fromString("rwxr-xr-x")); // nginx serves as another user
        device = volume();
        lab = new Lab(Path.of(System.getProperty("holdfast.installation")), folder, LEASE, List.of("n1", "n2", "n3"));
        observer.scheduleAtFixedRate(this::observe, 0, 20, TimeUnit.MILLISECONDS);
        lab.startAll();
        lab.node("n1").ha("apply", site().toString());
        awaitContent("");
    }

    /** An image with the site's content; what is mounted to write it is unmounted again. */
    private String volume() throws IOException {
        Path image = folder.resolve("volume.img");
        Path content = Files.createDirectories(folder.resolve("content/site"));
        Files.writeString(content.resolve("index.html"), CONTENT);
        Shell.run("truncate", "-s", "16M", image.toString());
        Shell.run("mkfs.ext4", "-q", "-d", content.getParent().toString(), image.toString());
        return Shell.run("losetup", "--find", "--show", image.toString()).strip();
    }

    private Path site() {
        Path mountPoint = folder.resolve("mounted");
        // A pid file on the volume: the nodes share the machine's process ids, as real ones do not.
        Path configuration =
                Examples.write(folder.resolve("nginx.conf"), """
                pid %1$s/nginx.pid;
                error_log %1$s/error.log;
                worker_processes 1;
                events { worker_connections 64; }
                http {
                    access_log off;
                    client_body_temp_path %1$s/body;
                    proxy_temp_path %1$s/proxy;
                    fastcgi_temp_path %1$s/fastcgi;
                    uwsgi_temp_path %1$s/uwsgi;
                    scgi_temp_path %1$s/scgi;
                    server {
                        listen %2$s:%3$d;
                        root %1$s/site;
                    }
                }
                """.formatted(mountPoint, Lab.SERVICE_ADDRESS, PORT));
        return Examples.write(
                folder.resolve("site.yaml"), """
                cluster: lab
                resources:
                  volume:
                    type: ocf:heartbeat:Filesystem
                    parameters: {device: %s, directory: %s, fstype: ext4}
                    monitor: {interval: 2s}
                  address:
                    type: ocf:heartbeat:IPaddr2
                    parameters: {ip: %s, cidr_netmask: 24, nic: eth0}
                    monitor: {interval: 2s}
                  web:
                    type: ocf:heartbeat:nginx
                    parameters: {configfile: %s, httpd: /usr/sbin/nginx}
                    monitor: {interval: 2s}
                groups:
                  site: [volume, address, web]
                """.formatted(device, mountPoint, Lab.SERVICE_ADDRESS, configuration));
    }

    private void observe() {
        List<String> now = lab.nodes().stream()
                .filter(node -> node.mounted(device))
                .map(Node::name)
                .toList();
        holders.set(now);
        if (now.size() > 1) {
            synchronized (doublyMounted) {
                doublyMounted.add(device + " is mounted on " + now);
            }
        }
    }

    @BeforeEach
    void settle() {
        lab.settle();
        awaitContent("");
    }

    @AfterEach
    void neverTwo() {
        synchronized (doublyMounted) {
            assertThat(doublyMounted).isEmpty();
        }
    }

    @AfterAll
    void end() {
        observer.shutdownNow();
        try {
            if (lab != null) {
                lab.saveLogs(Path.of("target/logs/AgentsIT").toAbsolutePath());
                lab.close();
            }
        } finally {
            if (!device.isEmpty()) {
                Shell.attempt(10, "losetup", "--detach", device);
            }
            Shell.attempt(20, "rm", "-rf", folder.toString());
        }
    }

    /** Waits until the client reads the file, and, unless empty, from that node. */
    private void awaitContent(String node) {
        Waiting.until(
                "the client reads the file" + (node.isEmpty() ? "" : " from " + node),
                LIMIT,
                () -> read().equals(CONTENT)
                        && (node.isEmpty()
                                ? !holders.get().isEmpty()
                                : holders.get().equals(List.of(node))),
                () -> read() + " mounted on " + holders.get() + System.lineSeparator()
                        + lab.powered().get(0).ha("status"));
    }

    private String read() {
        try {
            Process curl = lab.onClient(List.of(
                            "curl",
                            "--silent",
                            "--max-time",
                            "1",
                            "http://" + Lab.SERVICE_ADDRESS + ":" + PORT + "/index.html"))
                    .start();
            return new String(curl.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "not read: " + e.getMessage();
        }
    }

    @Test
    void aPlannedMoveStopsInReverseOrderAndStartsInOrder() {
        Node holder = lab.holder("web");
        Node target = other(holder);
        long before = revision(target);
        target.ha("move", "site", target.name(), "--wait", "30s");
        assertThat(holder.mounted(device))
                .as("still mounted on " + holder.name())
                .isFalse();
        awaitContent(target.name());
        target.ha("unmove", "site");
        assertThat(told(target, before))
                .containsSubsequence(
                        "web is stopped on " + holder.name(),
                        "address is stopped on " + holder.name(),
                        "volume is stopped on " + holder.name(),
                        "volume is active on " + target.name(),
                        "address is active on " + target.name(),
                        "web is active on " + target.name());
    }

    @Test
    void anotherNodeServesTheSameFileWhenTheActiveOneDies() {
        Node holder = lab.holder("web");
        Node survivor = other(holder);
        long before = revision(survivor);
        holder.powerOff();
        String heir = awaitElsewhere(holder);
        assertThat(told(survivor, before))
                .containsSubsequence(
                        holder.name() + " is expelled",
                        holder.name() + " is fenced",
                        "volume is active on " + heir,
                        "address is active on " + heir,
                        "web is active on " + heir);
    }

    @Test
    void aNodeThatIsCutOffUnmountsBeforeAnotherMounts() {
        Node holder = lab.holder("web");
        holder.plugged(false);
        awaitElsewhere(holder);
        assertThat(holder.processesOf("web"))
                .as("nginx on the node that is cut off")
                .isEmpty();
        assertThat(holder.attemptInside(5, "ip", "-4", "addr", "show", "dev", "eth0")
                        .output())
                .doesNotContain(Lab.SERVICE_ADDRESS);
    }

    @Test
    void aKilledWebServerIsStartedAgainWhereItIs() {
        Node holder = lab.holder("web");
        long before = revision(holder);
        List<Long> killed = holder.processesOf("web");
        killed.forEach(pid -> Shell.run("kill", "-9", pid.toString()));
        Waiting.until(
                "nginx runs again",
                LIMIT,
                () -> holder.processesOf("web").stream().anyMatch(pid -> !killed.contains(pid)),
                () -> holder.ha("status"));
        awaitContent(holder.name());
        assertThat(told(holder, before)).noneMatch(line -> line.startsWith("volume") || line.startsWith("address"));
    }

    private Node other(Node than) {
        return lab.powered().stream().filter(node -> node != than).findFirst().orElseThrow();
    }

    private String awaitElsewhere(Node than) {
        Waiting.until(
                "another node than " + than.name() + " has mounted the volume",
                LIMIT,
                () -> !holders.get().isEmpty() && !holders.get().contains(than.name()),
                () -> other(than).ha("status"));
        String heir = holders.get().get(0);
        awaitContent(heir);
        Waiting.until(
                "the cluster knows that it is active there",
                LIMIT,
                () -> other(than).activeOn("web").equals(heir),
                () -> other(than).ha("status"));
        return heir;
    }

    /** {@return the events after a revision: what each says up to its first comma, bracket or colon} */
    private static List<String> told(Node node, long revision) {
        return node.ha("events", "--since", Long.toString(revision))
                .lines()
                .map(line -> line.strip().replaceFirst("^\\d+ +\\S+ \\S+ +(WARN |ERROR )? *", ""))
                .map(line -> line.split("[,:(]")[0].strip())
                .toList();
    }

    private static long revision(Node node) {
        return node.status().orElseThrow().path("revision").asLong();
    }
}
