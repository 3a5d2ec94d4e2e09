package io.holdfast.cifs.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.holdfast.api.resource.Health;
import io.holdfast.api.resource.Problem;
import io.holdfast.testkit.resource.Bench;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Real smbd on two machines of a small network, and a client on a third. Needs root. */
class RealShareTest {
    private static final String ADDRESS = "10.88.0.100";

    private Path root;
    private Path folder;
    private Lab lab;

    @BeforeEach
    void network() throws Exception {
        assumeTrue(Lab.possible(), "needs root, samba and arping");
        root = Files.createTempDirectory("hf"); // short: paths of Unix sockets are limited
        Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwxr-xr-x"));
        folder = Files.createDirectory(root.resolve("share"));
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
        lab = new Lab("a", "b", "c");
    }

    @AfterEach
    void remove() throws Exception {
        if (lab != null) {
            lab.close();
            new ProcessBuilder("rm", "-rf", root.toString()).start().waitFor();
        }
    }

    private Bench onA(Map<String, String> more) throws Exception {
        Map<String, String> parameters = new TreeMap<>(
                Map.of("share", "data", "path", folder.toString(), "address", ADDRESS + "/24", "guest", "true"));
        parameters.putAll(more);
        return lab.on("a", () -> new Bench(type("a"), "files", parameters, System::nanoTime));
    }

    private Bench onB(Bench first) throws Exception {
        return lab.on("b", () -> first.elsewhere("b", type("b")));
    }

    private CifsType type(String node) {
        return new CifsType(root.resolve(node), Runner.ofThisProcess(), new ShareCheck());
    }

    @Test
    void servesStopsAndLeavesNothing() throws Exception {
        Bench bench = onA(Map.of());
        lab.at("a", () -> {
            assertThat(bench.validate()).isEmpty();
            assertThat(bench.monitor()).isInstanceOf(Health.NotRunning.class);
            bench.start();
            assertThat(bench.monitor()).isInstanceOf(Health.Running.class);
            bench.start(); // what runs may be started
            Files.delete(folder.resolve(SmbConf.MARKER)); // as a client may
            for (int look = 0; look < 11; look++) {
                assertThat(bench.monitor()).isInstanceOf(Health.Running.class);
            }
            assertThat(folder.resolve(SmbConf.MARKER)).exists();
            bench.stop();
            assertThat(bench.monitor()).isInstanceOf(Health.NotRunning.class);
            assertThat(bench.processes()).isEmpty();
            bench.stop(); // what does not run may be stopped
            bench.close();
        });
    }

    @Test
    void isTheSameServerElsewhere() throws Exception {
        Bench first = onA(Map.of());
        Bench second = onB(first);
        lab.at("a", first::start);
        lab.at("a", first::stop);
        byte[] secrets = Files.readAllBytes(folder.resolve(".holdfast/files/private/secrets.tdb"));
        lab.at("b", second::start);
        assertThat(Files.readAllBytes(folder.resolve(".holdfast/files/private/secrets.tdb")))
                .isEqualTo(secrets);
        lab.at("b", second::close);
        lab.at("a", first::close);
    }

    @Test
    void bringsWaitingClientsBackAtOnce() throws Exception {
        Bench first = onA(Map.of());
        Bench second = onB(first);
        lab.at("a", first::start);
        Socket client = lab.on("c", () -> new Socket(ADDRESS, 445));
        lab.at("a", first::monitor);
        assertThat(first.notes().get("clients")).contains("10.88.0.3:" + client.getLocalPort());
        lab.unplug("a"); // the power of a fails
        client.getOutputStream().write(new byte[] {0, 0, 0, 4, 1, 2, 3, 4}); // a request in flight
        TimeUnit.MILLISECONDS.sleep(1300); // by now TCP waits more than a second from one try to the next
        lab.at("b", second::start);
        long before = System.nanoTime();
        client.setSoTimeout(5000);
        int answer = lab.on("c", () -> {
            try {
                return client.getInputStream().read();
            } catch (java.net.SocketException reset) {
                return -2;
            }
        });
        assertThat(answer).isEqualTo(-2);
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofMillis(100));
        lab.at("b", second::close);
        lab.at("a", first::close);
    }

    @Test
    void resetsClientsOnAPlannedStop() throws Exception {
        Bench bench = onA(Map.of());
        lab.at("a", bench::start);
        Socket client = lab.on("c", () -> new Socket(ADDRESS, 445));
        TimeUnit.MILLISECONDS.sleep(50); // until smbd has accepted it
        lab.at("a", bench::stop);
        client.setSoTimeout(2000);
        assertThat(lab.on("c", () -> {
                    try {
                        return client.getInputStream().read();
                    } catch (java.net.SocketException reset) {
                        return -2;
                    }
                }))
                .isLessThan(0);
        lab.at("a", bench::close);
    }

    @Test
    void noticesThatTheServerDied() throws Exception {
        Bench bench = onA(Map.of());
        lab.at("a", () -> {
            bench.start();
            bench.crash();
            assertThat(bench.monitor()).isInstanceOf(Health.Failed.class); // the address is still there
            bench.kill();
            assertThat(bench.monitor()).isInstanceOf(Health.NotRunning.class);
            bench.start(); // over what the dead server left on the volume
            bench.close();
        });
    }

    @Test
    void servesNamedUsersOnly() throws Exception {
        Path passwords = root.resolve("passwords");
        Files.writeString(passwords, "games:play it again\n");
        Bench bench = onA(Map.of("guest", "false", "users", "games", "password-file", passwords.toString()));
        lab.at("a", () -> {
            assertThat(bench.validate()).isEmpty();
            bench.start();
            assertThat(bench.monitor()).isInstanceOf(Health.Running.class);
        });
        assertThat(smbclient("games%play it again")).isZero();
        assertThat(smbclient("games%wrong")).isNotZero();
        assertThat(smbclient("nobody%")).isNotZero();
        lab.at("a", bench::close);
    }

    private int smbclient(String user) throws Exception {
        return lab.start("c", "smbclient", "-U", user, "-m", "SMB3", "//" + ADDRESS + "/data", "-c", "dir")
                .waitFor();
    }

    @Test
    void refusesWhatCannotWork() throws Exception {
        Bench bench = onA(Map.of("path", root.resolve("none").toString()));
        assertThat(lab.on("a", bench::validate))
                .extracting(Problem::what)
                .anyMatch(what -> what.contains("is not a folder"));
        lab.at("a", bench::close);

        Bench closed = onA(Map.of("path", root.toString()));
        assertThat(lab.on("a", closed::validate))
                .extracting(Problem::what)
                .anyMatch(what -> what.contains("guests are"));
        lab.at("a", closed::close);

        Bench taken = onA(Map.of());
        ServerSocket other = lab.on("a", () -> new ServerSocket(445));
        assertThat(lab.on("a", taken::validate))
                .extracting(Problem::what)
                .anyMatch(what -> what.contains("listens on"));
        other.close();
        lab.at("a", taken::close);

        Bench lost = onA(Map.of("address", "192.0.2.7/24"));
        assertThat(lab.on("a", lost::validate))
                .extracting(Problem::what)
                .anyMatch(what -> what.contains("no interface"));
        lab.at("a", lost::close);
    }

    @Test
    void refusesAVolumeThatIsNotShared() throws Exception {
        Bench first = onA(Map.of());
        lab.at("a", first::start);
        lab.at("a", first::close);
        Files.move(folder, root.resolve("away"));
        Files.createDirectory(folder); // what b finds where its volume ought to be mounted
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
        Bench second = onB(first);
        assertThat(lab.on("b", second::validate))
                .extracting(Problem::what)
                .anyMatch(what -> what.contains("not shared"));
        Optional<String> refused = lab.on("b", () -> {
            try {
                second.start();
                return Optional.<String>empty();
            } catch (io.holdfast.api.resource.ResourceException e) {
                return Optional.of(e.getMessage());
            }
        });
        assertThat(refused.orElse("started")).contains("is not the volume that was served before");
        assertThat(List.of(folder.toFile().list())).isEmpty();
        lab.at("b", second::close);
    }
}
