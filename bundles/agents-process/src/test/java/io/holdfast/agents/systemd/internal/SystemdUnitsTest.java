package io.holdfast.agents.systemd.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.holdfast.api.resource.Health;
import io.holdfast.api.resource.Problem;
import io.holdfast.api.resource.ResourceException;
import io.holdfast.testkit.resource.Bench;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Units of a real systemd. Needs root. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SystemdUnitsTest {
    private static final String SLEEPS = "[Service]\nExecStart=/bin/sleep 1000\n";

    private Machine machine;

    @BeforeAll
    void boot() throws Exception {
        assumeTrue(System.getProperty("user.name").equals("root"), "needs root");
        assumeTrue(Files.isExecutable(Path.of("/lib/systemd/systemd")), "needs systemd");
        machine = new Machine();
    }

    @AfterAll
    void end() throws Exception {
        if (machine != null) {
            machine.close();
        }
    }

    private Bench bench(String unit) throws Exception {
        return new Bench(
                new SystemdUnits(machine.root(), machine.enter())
                        .find("systemd:" + unit)
                        .orElseThrow(),
                "web",
                Map.of(),
                System::nanoTime);
    }

    private String state(String unit) throws Exception {
        return machine.systemctl("show", "--property=ActiveState", "--value", unit);
    }

    @Test
    void offersServicesAndNoTemplates() throws Exception {
        machine.unit("offered.service", SLEEPS);
        machine.unit("template@.service", SLEEPS);
        assertThat(new SystemdUnits(machine.root(), machine.enter()).names())
                .contains("systemd:offered")
                .doesNotContain("systemd:template@", "systemd:systemd-journald");
        assertThat(new SystemdUnits(machine.root(), machine.enter()).find("systemd:nothing"))
                .isEmpty();
        assertThat(new SystemdUnits(Path.of("/nowhere"), machine.enter()).names())
                .isEmpty();
    }

    @Test
    void startsWatchesAndStops() throws Exception {
        machine.unit("plain.service", SLEEPS);
        try (Bench bench = bench("plain")) {
            assertThat(bench.validate()).isEmpty();
            assertThat(bench.monitor()).isInstanceOf(Health.NotRunning.class);
            bench.stop(); // what does not run may be stopped
            bench.start();
            bench.start(); // what runs may be started
            assertThat(bench.processes()).isNotEmpty();
            assertThat(bench.monitor()).isInstanceOf(Health.Running.class);
            bench.stop();
            assertThat(state("plain.service")).isEqualTo("inactive");
            assertThat(bench.monitor()).isInstanceOf(Health.NotRunning.class);
        }
    }

    @Test
    void aDeathEndsTheProcessInTheCellAndIsAFailure() throws Exception {
        machine.unit("dies.service", SLEEPS);
        try (Bench bench = bench("dies")) {
            bench.start();
            machine.systemctl("kill", "--signal=KILL", "dies.service");
            for (int i = 0; i < 500 && !bench.processes().isEmpty(); i++) {
                TimeUnit.MILLISECONDS.sleep(20);
            }
            assertThat(bench.processes()).isEmpty(); // of which the daemon hears at once
            assertThat(bench.monitor())
                    .isInstanceOfSatisfying(
                            Health.Failed.class,
                            failed -> assertThat(failed.reason())
                                    .contains("dies.service is failed", "result signal", "journalctl -u dies.service"));
            bench.stop();
            assertThat(bench.monitor()).isInstanceOf(Health.NotRunning.class);
            bench.start();
            assertThat(bench.monitor()).isInstanceOf(Health.Running.class);
        }
    }

    @Test
    void theGuardEndsWhatIgnoresItsStopAndWhatSystemdWouldStartAgain() throws Exception {
        machine.unit("stubborn.service", """
                [Unit]
                StartLimitIntervalSec=0
                [Service]
                ExecStart=/bin/sh -c 'trap "" TERM; while :; do sleep 1; done'
                ExecStop=/bin/sleep 50
                Restart=always
                RestartSec=1ms
                """);
        try (Bench bench = bench("stubborn")) {
            bench.start();
            assertThat(machine.processes("stubborn.service")).isNotEmpty();
            bench.kill();
            assertThat(machine.processes("stubborn.service")).isEmpty();
            TimeUnit.MILLISECONDS.sleep(300);
            assertThat(state("stubborn.service")).isIn("inactive", "failed");
            bench.kill(); // again and again, if need be
        }
    }

    @Test
    void whatAStopLeavesIsKilled() throws Exception {
        machine.unit("leaves.service", """
                [Service]
                ExecStart=/bin/sh -c 'sleep 1000 & exec sleep 1000'
                KillMode=process
                """);
        try (Bench bench = bench("leaves")) {
            bench.start();
            bench.stop();
            assertThat(machine.processes("leaves.service")).isEmpty();
        }
    }

    @Test
    void aUnitThatIsGoneDoesNotRun() throws Exception {
        machine.unit("gone.service", SLEEPS);
        try (Bench bench = bench("gone")) {
            bench.start();
            machine.systemctl("stop", "gone.service");
            Files.delete(machine.root().resolve("etc/systemd/system/gone.service"));
            machine.systemctl("daemon-reload");
            bench.kill();
            bench.stop();
        }
    }

    @Test
    void aStartThatFailsSaysWhy() throws Exception {
        machine.unit("broken.service", "[Service]\nType=notify\nExecStart=/bin/false\n");
        try (Bench bench = bench("broken")) {
            assertThatThrownBy(bench::start)
                    .isInstanceOf(ResourceException.class)
                    .hasMessageContaining("Job for broken.service failed");
        }
    }

    private void refused(String unit, String what, String fix) throws Exception {
        try (Bench bench = bench(unit)) {
            assertThat(bench.validate())
                    .singleElement()
                    .extracting(Problem::toString)
                    .asString()
                    .contains(what)
                    .contains(fix);
            assertThatThrownBy(bench::start)
                    .isInstanceOfSatisfying(
                            ResourceException.class,
                            e -> assertThat(e.permanent()).isTrue());
            assertThat(state(unit + ".service")).isEqualTo("inactive");
        }
    }

    @Test
    void whatOthersWouldStartIsRefused() throws Exception {
        machine.unit("at-boot.service", SLEEPS + "[Install]\nWantedBy=test.target\n");
        machine.systemctl("enable", "at-boot.service");
        refused("at-boot", "at each boot of n1", "systemctl disable at-boot.service");

        machine.unit("along.service", SLEEPS);
        machine.unit("other.service", "[Unit]\nWants=along.service\n" + SLEEPS);
        machine.systemctl("start", "other.service"); // systemd knows only what it has loaded
        machine.systemctl("stop", "along.service");
        refused("along", "along with other.service", "cluster document");

        machine.unit("called.service", SLEEPS);
        machine.unit("called.socket", "[Socket]\nListenStream=/run/called\n");
        machine.systemctl("start", "called.socket");
        refused("called", "called.socket starts called.service", "systemctl disable --now called.socket");
    }

    @Test
    void whatKillingDoesNotUndoIsRefused() throws Exception {
        machine.unit("mark.service", "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\n");
        refused("mark", "without a process", "ocf: agent");
    }
}
