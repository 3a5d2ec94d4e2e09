package io.holdfast.agents.ocf.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.holdfast.api.resource.Health;
import io.holdfast.api.resource.ResourceType;
import io.holdfast.testkit.resource.Bench;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Agents of Debian's resource-agents, in a network namespace and on a loop device. Needs root. */
class RealAgentsTest {
    private static final Path ROOT = Path.of("/usr/lib/ocf");

    @TempDir
    Path folder;

    @BeforeEach
    void needs() {
        assumeTrue(System.getProperty("user.name").equals("root"), "needs root");
        assumeTrue(Files.isDirectory(ROOT.resolve("resource.d/heartbeat")), "needs resource-agents");
    }

    private Bench bench(String agent, Map<String, String> parameters) throws Exception {
        ResourceType type = new OcfAgents(List.of(ROOT), folder.resolve("base"), Agents.KILL)
                .find("ocf:heartbeat:" + agent)
                .orElseThrow();
        return new Bench(type, "real-" + agent, parameters, System::nanoTime);
    }

    @Test
    void keepsAnAddress() throws Exception {
        try (Namespace network = new Namespace()) {
            Bench bench = bench("IPaddr2", Map.of("ip", "10.89.0.100", "cidr_netmask", "24"));
            network.inside(() -> {
                assertThat(bench.validate()).isEmpty();
                assertThat(bench.monitor()).isInstanceOf(Health.NotRunning.class);
                bench.start();
                assertThat(bench.monitor()).isInstanceOf(Health.Running.class);
                assertThat(network.addresses()).contains("10.89.0.100/24");
                bench.stop();
                bench.stop();
                assertThat(network.addresses()).doesNotContain("10.89.0.100");
                bench.start();
                bench.kill(); // as the guard does
                bench.kill();
                assertThat(network.addresses()).doesNotContain("10.89.0.100").contains("10.89.0.1/24");
                assertThat(bench.monitor()).isInstanceOf(Health.NotRunning.class);
                bench.close();
                return true;
            });
        }
    }

    @Test
    void keepsAnIpv6Address() throws Exception {
        try (Namespace network = new Namespace()) {
            Bench bench = bench("IPaddr2", Map.of("ip", "fd00:89::100", "cidr_netmask", "64", "nic", "eth0"));
            network.inside(() -> {
                bench.start();
                assertThat(network.addresses()).contains("fd00:89::100/64");
                bench.kill();
                assertThat(network.addresses()).doesNotContain("fd00:89::100");
                bench.close();
                return true;
            });
        }
    }

    @Test
    void keepsAMount() throws Exception {
        assumeTrue(Files.exists(Path.of("/dev/loop-control")), "needs loop devices");
        Path image = folder.resolve("image");
        Path mountPoint = Files.createDirectory(folder.resolve("mounted here"));
        Namespace.run("truncate", "-s", "16M", image.toString());
        Namespace.run("mkfs.ext4", "-q", image.toString());
        String device =
                Namespace.run("losetup", "--find", "--show", image.toString()).strip();
        try (Bench bench =
                bench("Filesystem", Map.of("device", device, "directory", mountPoint.toString(), "fstype", "ext4"))) {
            assertThat(bench.monitor()).isInstanceOf(Health.NotRunning.class);
            bench.start();
            assertThat(bench.monitor()).isInstanceOf(Health.Running.class);
            assertThat(mountPoint.resolve("lost+found")).exists();
            bench.stop();
            assertThat(bench.monitor()).isInstanceOf(Health.NotRunning.class);
            bench.start();
            Process busy = new ProcessBuilder("sleep", "60")
                    .directory(mountPoint.toFile())
                    .start();
            try {
                bench.kill(); // detached though it is busy
                bench.kill();
                assertThat(mountPoint.resolve("lost+found")).doesNotExist();
            } finally {
                busy.destroyForcibly().waitFor();
            }
        } finally {
            Namespace.run("losetup", "--detach", device);
        }
    }

    @Test
    void keepsAServer() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/sbin/nginx")), "needs nginx");
        Path config = folder.resolve("nginx.conf");
        Files.writeString(config, """
                user root;
                pid %1$s/nginx.pid;
                error_log %1$s/error.log;
                events {}
                http {
                    access_log off;
                    client_body_temp_path %1$s/body;
                    proxy_temp_path %1$s/proxy;
                    fastcgi_temp_path %1$s/fastcgi;
                    uwsgi_temp_path %1$s/uwsgi;
                    scgi_temp_path %1$s/scgi;
                    server { listen 127.0.0.1:80; location / { return 200 "here"; } }
                }
                """.formatted(folder));
        try (Namespace network = new Namespace()) {
            Bench bench = bench("nginx", Map.of("configfile", config.toString()));
            network.inside(() -> {
                assertThat(bench.monitor()).isInstanceOf(Health.NotRunning.class);
                bench.start();
                assertThat(bench.processes()).isNotEmpty();
                assertThat(bench.monitor()).isInstanceOf(Health.Running.class);
                bench.crash();
                for (int look = 0; look < 100 && bench.monitor() instanceof Health.Running; look++) {
                    TimeUnit.MILLISECONDS.sleep(
                            100); // the agent takes a zombie for a process, until process 1 has reaped it
                }
                assertThat(bench.monitor()).isInstanceOf(Health.NotRunning.class);
                bench.stop();
                bench.start();
                bench.stop();
                assertThat(bench.processes()).isEmpty();
                bench.close();
                return true;
            });
        }
    }
}
