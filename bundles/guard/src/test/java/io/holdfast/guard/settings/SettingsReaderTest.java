package io.holdfast.guard.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.guard.settings.Settings.VoterAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsReaderTest {
    @TempDir
    Path base;

    private static boolean any(InetAddress address) {
        return true;
    }

    private Settings read(String... lines) throws Exception {
        write(lines);
        return SettingsReader.read(base, Map.of(), SettingsReaderTest::any);
    }

    private void write(String... lines) throws IOException {
        Files.createDirectories(base.resolve("etc"));
        Files.write(base.resolve("etc/holdfast.cfg"), List.of(lines));
    }

    private List<String> problems(ThrowingCallable reading) {
        List<String> found = new ArrayList<>();
        assertThatThrownBy(reading).isInstanceOfSatisfying(SettingsException.class, e -> found.addAll(e.problems()));
        return found;
    }

    @Test
    void everythingHasADefault() throws Exception {
        Settings settings = SettingsReader.read(base, Map.of());
        assertThat(settings.cluster()).isEqualTo("holdfast");
        assertThat(settings.port()).isEqualTo(7800);
        assertThat(settings.lease()).isEqualTo(Duration.ofSeconds(2));
        assertThat(settings.witness()).isFalse();
        assertThat(settings.weakClock()).isFalse();
        assertThat(settings.voters()).containsExactly(new VoterAddress(settings.node(), settings.bind(), 7800));
        assertThat(settings.ocfRoots()).containsExactly(Path.of("/usr/lib/ocf"));
        assertThat(settings.watchdog()).isEmpty();
        assertThat(settings.guardKill()).isEqualTo(Duration.ofMillis(250));
    }

    @Test
    void theEnvironmentWins() throws Exception {
        write("# a comment", "", "node = n1", "  lease=3s  ", "watchdog = /dev/watchdog");
        Settings settings = SettingsReader.read(
                base,
                Map.of("HOLDFAST_LEASE", "1.5s", "HOLDFAST_WATCHDOG", "none", "PATH", "/bin"),
                SettingsReaderTest::any);
        assertThat(settings.node()).isEqualTo("n1");
        assertThat(settings.lease()).isEqualTo(Duration.ofMillis(1500));
        assertThat(settings.watchdog()).isEqualTo(Optional.empty());
        assertThat(settings.all()).containsEntry("lease", "1.5s").containsEntry("node", "n1");
    }

    @Test
    void theKillTimeMayHoldTheStopOfAMachine() throws Exception {
        assertThat(SettingsReader.read(base, Map.of("HOLDFAST_BIND", "127.0.0.1", "HOLDFAST_GUARD_KILL", "91s"))
                        .guardKill())
                .isEqualTo(Duration.ofSeconds(91));
        assertThat(problems(() ->
                        SettingsReader.read(base, Map.of("HOLDFAST_BIND", "127.0.0.1", "HOLDFAST_GUARD_KILL", "16m"))))
                .containsExactly("HOLDFAST_GUARD_KILL: guard.kill = 16m: must be a duration from 50ms to 15m");
    }

    @Test
    void namesEveryProblemWithPlaceKeyValueAndRule() throws Exception {
        write(
                "nodee = n1",
                "port = 70000",
                "lease = 100ms",
                "just words",
                "port = 7900",
                "role = king",
                "clock=",
                "voters = n1");
        assertThat(problems(() -> SettingsReader.read(base, Map.of("HOLDFAST_CLOCK", "soft"), SettingsReaderTest::any)))
                .satisfiesExactly(
                        problem ->
                                assertThat(problem).endsWith("holdfast.cfg:1: unknown key nodee; did you mean node?"),
                        problem ->
                                assertThat(problem).contains("holdfast.cfg:4: \"just words\": a line is KEY = VALUE"),
                        problem -> assertThat(problem)
                                .contains("holdfast.cfg:5: port was set before, at")
                                .contains("holdfast.cfg:2"),
                        problem -> assertThat(problem).endsWith("holdfast.cfg:6: role = king: must be node or witness"),
                        problem -> assertThat(problem)
                                .contains("holdfast.cfg:3: lease = 100ms: must be a duration such as 500ms"),
                        problem ->
                                assertThat(problem).isEqualTo("HOLDFAST_CLOCK: clock = soft: must be weak or strong"),
                        problem -> assertThat(problem).contains("holdfast.cfg:8: voters = n1: must be name=address"));
    }

    @Test
    void bindMustBeAnAddressOfThisMachine() throws Exception {
        assertThat(SettingsReader.read(base, Map.of("HOLDFAST_BIND", "127.0.0.7"))
                        .bind())
                .isEqualTo("127.0.0.7");
        assertThat(problems(() -> SettingsReader.read(base, Map.of("HOLDFAST_BIND", "192.0.2.1"))))
                .containsExactly("HOLDFAST_BIND: bind = 192.0.2.1: must be an IP address of this machine");
        assertThat(problems(() -> SettingsReader.read(base, Map.of("HOLDFAST_BIND", "localhost"))))
                .hasSize(1);
    }

    @Test
    void readsVoters() throws Exception {
        Settings settings = read(
                "node = n1",
                "bind = 10.77.0.1",
                "voters = n1=10.77.0.1, n2=host-2.example:7801,w=[fd00::9]:7900,x=fd00::a,y=10.0.0.1");
        assertThat(settings.voters())
                .containsExactly(
                        new VoterAddress("n1", "10.77.0.1", 7800),
                        new VoterAddress("n2", "host-2.example", 7801),
                        new VoterAddress("w", "fd00::9", 7900),
                        new VoterAddress("x", "fd00::a", 7800),
                        new VoterAddress("y", "10.0.0.1", 7800));
        assertThat(settings.warnings()).isEmpty();
        assertThat(read("voters = a=10.0.0.1,b=10.0.0.2").warnings())
                .singleElement()
                .asString()
                .contains("witness");
    }

    @Test
    void oneOfTwoMayGoOnAlone() throws Exception {
        Settings two = read(
                "node = a",
                "voters = a=10.0.0.1,b=10.0.0.2",
                "bind = 10.0.0.1",
                "alone = fenced",
                "alone.delay = 1.5s");
        assertThat(two.warnings()).isEmpty();
        assertThat(two.all())
                .containsEntry("alone", "fenced")
                .containsEntry("alone.delay", "1500ms")
                .containsEntry("alone.start", "ask");
        assertThat(problems(() -> read("voters = a=10.0.0.1,b=10.0.0.2,c=10.0.0.3", "alone = fenced")))
                .singleElement()
                .asString()
                .contains("holdfast.cfg:2", "alone = fenced", "with 3 of them a majority decides");
        assertThat(problems(() -> read("alone = always", "alone.delay = 2h", "alone.start = go")))
                .hasSize(3);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "a=10.0.0.1,a=10.0.0.2 | a is there twice",
                "a=10.0.0.1,b=10.0.0.1 | a has it too",
                "a=10.0.0.300 | name=address",
                "a= | name=address",
                "=10.0.0.1 | name=address",
                "a=10.0.0.1:0 | name=address",
                "a=10.0.0.1:99999 | name=address",
                "a=10.0.0.1,,b=10.0.0.2 | name=address",
                "n1=10.0.0.9 | the others would not find it",
                "n1=10.0.0.1:7900 | the others would not find it",
            })
    void refusesVotersThatCannotWork(String voters, String rule) throws Exception {
        assertThat(problems(() -> read("node = n1", "bind = 10.0.0.1", "voters = " + voters)))
                .isNotEmpty()
                .allSatisfy(problem -> assertThat(problem).contains("voters"))
                .anySatisfy(problem -> assertThat(problem).contains(rule));
    }

    @Test
    void aSlipInAVariableIsNotOverlooked() {
        assertThat(problems(() ->
                        SettingsReader.read(base, Map.of("HOLDFAST_VOTER", "a=10.0.0.1"), SettingsReaderTest::any)))
                .containsExactly("HOLDFAST_VOTER: unknown variable; did you mean HOLDFAST_VOTERS?");
    }

    @Test
    void variablesOfScriptsAreNoSettings() throws Exception {
        SettingsReader.read(
                base,
                Map.of(
                        "HOLDFAST_HOME",
                        "/opt",
                        "HOLDFAST_BASE",
                        "/x",
                        "HOLDFAST_TOKEN",
                        "1",
                        "HOLDFAST_SSH_PORT",
                        "1",
                        "HOLDFAST_SSH_HOST",
                        "h"),
                SettingsReaderTest::any);
    }

    @Test
    void aFileThatIsNoTextIsRefused() throws Exception {
        Files.createDirectories(base.resolve("etc"));
        Files.write(base.resolve("etc/holdfast.cfg"), new byte[] {(byte) 0xff, (byte) 0xfe, 0, 1});
        assertThat(problems(() -> SettingsReader.read(base, Map.of(), SettingsReaderTest::any)))
                .singleElement()
                .asString()
                .contains("not text");
    }

    @ParameterizedTest
    @CsvSource({
        "500ms,500",
        "2s,2000",
        "1.5s,1500",
        "0.25s,250",
        "10m,600000",
        "1h,3600000",
        "2 s,-1",
        "s,-1",
        "-1s,-1",
        "1.5ms,-1",
        "1e3s,-1",
        "2d,-1"
    })
    void readsDurations(String text, long millis) {
        assertThat(Durations.parse(text).map(Duration::toMillis).orElse(-1L)).isEqualTo(millis);
    }
}
