package io.holdfast.fencing.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.api.fencing.FenceAction;
import io.holdfast.api.fencing.FenceException;
import io.holdfast.api.fencing.PowerState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A fence agent of a few lines of shell: its device is a file. */
class FenceAgentTest {
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final Map<String, String> PARAMETERS = Map.of("ip", "10.0.0.9");

    private static final String SCRIPT = """
            #!/bin/sh
            while IFS= read -r line; do
                echo "$line" >> DIR/heard
                case $line in action=*) action=${line#action=} ;; esac
            done
            case $action in
                metadata) cat <<'END'
            <?xml version="1.0" ?>
            <resource-agent name="fence_test" shortdesc="test">
              <parameters>
                <parameter name="action" required="1"><content type="string" default="reboot"/></parameter>
                <parameter name="ip" required="1"><content type="string"/><shortdesc lang="en">Address of the device</shortdesc></parameter>
                <parameter name="method" required="1"><content type="string" default="onoff"/></parameter>
                <parameter name="plug" required="1"><content type="string"/></parameter>
              </parameters>
            </resource-agent>
            END
                ;;
                off) [ -e DIR/deaf ] || echo off > DIR/power ;;
                on) echo on > DIR/power ;;
                hang) sleep 60 ;;
                status) [ -e DIR/broken ] && { echo "Connection timed out" >&2; exit 1; }
                    [ "$(cat DIR/power)" = on ] && exit 0; exit 2 ;;
                monitor) exit 0 ;;
                *) echo "no such action: $action" >&2; exit 1 ;;
            esac
            """;

    @TempDir
    Path dir;

    private FenceAgent agent;

    @BeforeEach
    void install() throws IOException {
        agent = new FenceAgent(script("fence_test", SCRIPT), System::nanoTime);
        Files.writeString(dir.resolve("power"), "on\n");
    }

    private Path script(String name, String text) throws IOException {
        Path file = dir.resolve(name);
        Files.writeString(file, text.replace("DIR", dir.toString()));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
        return file;
    }

    @Test
    void switchesOffAndSaysSo() throws Exception {
        assertThat(agent.status("n1", PARAMETERS, LIMIT)).isEqualTo(PowerState.ON);
        agent.perform(FenceAction.OFF, "n1", PARAMETERS, LIMIT);
        assertThat(agent.status("n1", PARAMETERS, LIMIT)).isEqualTo(PowerState.OFF);
        assertThat(Files.readAllLines(dir.resolve("heard")))
                .contains("action=off", "nodename=n1", "plug=n1", "ip=10.0.0.9");
        agent.perform(FenceAction.ON, "n1", PARAMETERS, LIMIT);
        agent.perform(FenceAction.MONITOR, "n1", PARAMETERS, LIMIT);
        assertThat(agent.status("n1", PARAMETERS, LIMIT)).isEqualTo(PowerState.ON);
    }

    @Test
    void aConfiguredPlugIsLeftAsItIs() throws Exception {
        agent.perform(FenceAction.OFF, "n1", Map.of("ip", "10.0.0.9", "plug", "7"), LIMIT);
        assertThat(Files.readAllLines(dir.resolve("heard"))).contains("plug=7").doesNotContain("plug=n1");
    }

    @Test
    void whatItCannotTellIsUnknown() throws Exception {
        Files.createFile(dir.resolve("broken"));
        assertThat(agent.status("n1", PARAMETERS, LIMIT)).isEqualTo(PowerState.UNKNOWN);
    }

    @Test
    void aFailureSaysWhatTheAgentSaid() {
        assertThatThrownBy(() -> agent.perform(FenceAction.REBOOT, "n1", PARAMETERS, LIMIT))
                .isInstanceOf(FenceException.class)
                .hasMessageContaining("status 1: no such action: reboot");
    }

    @Test
    void parametersAreCheckedAgainstItsMetadata() {
        assertThat(agent.check(PARAMETERS)).isEmpty();
        assertThat(agent.check(Map.of()))
                .containsExactly(
                        "parameter 'ip' of " + dir.resolve("fence_test") + " is missing (Address of the device)");
        assertThat(agent.check(Map.of("ip", "1", "ipadr", "2")).toString())
                .contains("unknown parameter 'ipadr'", "it knows action, ip, method, plug");
        assertThat(agent.check(Map.of("ip", "1", "action", "on")).toString()).contains("set by Holdfast");
        assertThat(agent.check(Map.of("ip", "1\naction=on")).toString()).contains("more than one line");
    }

    @Test
    void rubbishIsNoMetadata() throws IOException {
        FenceAgent rubbish =
                new FenceAgent(script("fence_rubbish", "#!/bin/sh\nyes rubbish | head -c 1000000\n"), System::nanoTime);
        assertThat(rubbish.check(PARAMETERS).toString()).contains("no XML");
        FenceAgent silent = new FenceAgent(script("fence_silent", "#!/bin/sh\nexit 3\n"), System::nanoTime);
        assertThat(silent.check(PARAMETERS).toString()).contains("gives no metadata with status 3");
        FenceAgent empty = new FenceAgent(script("fence_empty", "#!/bin/sh\necho '<a/>'\n"), System::nanoTime);
        assertThat(empty.check(PARAMETERS).toString()).contains("no fence agent");
        FenceAgent missing = new FenceAgent(dir.resolve("fence_missing"), System::nanoTime);
        assertThat(missing.check(PARAMETERS).toString()).contains("cannot be started");
    }

    @Test
    void anAgentThatHangsIsEndedWithItsChildren() throws Exception {
        BoundedProcess process = new BoundedProcess(System::nanoTime);
        Path hangs = script("hangs", "#!/bin/sh\nsleep 4321 &\nsleep 4321\n");
        long before = System.nanoTime();
        BoundedProcess.Ended ended = process.run(java.util.List.of(hangs.toString()), "", Duration.ofMillis(300));
        assertThat(ended.status()).isEqualTo(-1);
        assertThat(ended.explained()).contains("its time was over");
        assertThat(System.nanoTime() - before).isLessThan(5_000_000_000L);
        while (sleepers() > 0 && System.nanoTime() - before < 5_000_000_000L) {
            Thread.sleep(10); // a killed process is there until the kernel has ended it
        }
        assertThat(sleepers()).isZero();
    }

    private static long sleepers() {
        return ProcessHandle.current()
                .descendants()
                .filter(ProcessHandle::isAlive)
                .filter(child -> child.info().commandLine().orElse("").contains("sleep 4321"))
                .count();
    }

    @Test
    void aFloodIsReadOnAndForgotten() throws Exception {
        Path floods = script("floods", "#!/bin/sh\nhead -c 3000000 /dev/zero | tr '\\0' x\n");
        BoundedProcess.Ended ended =
                new BoundedProcess(System::nanoTime).run(java.util.List.of(floods.toString()), "", LIMIT);
        assertThat(ended.status()).isZero();
        assertThat(ended.output()).hasSizeLessThanOrEqualTo(256 * 1024);
    }

    @Test
    void isFoundByPathOrInTheFolders() throws IOException {
        AgentFolders folders = AgentFolders.of("relative:" + dir);
        assertThat(folders.find(dir.resolve("fence_test").toString())).isPresent();
        assertThat(folders.find(dir.resolve("power").toString())).isEmpty();
        assertThat(folders.find("fence_test")).contains(dir.resolve("fence_test"));
        assertThat(folders.find("fence_that_nobody_has")).isEmpty();
        Files.createDirectory(dir.resolve("fence_folder"));
        script("defence_test", "#!/bin/sh\n");
        assertThat(new AgentFolders(Set.of(dir)).all()).isEqualTo(Map.of("fence_test", dir.resolve("fence_test")));
    }

    @Test
    void aPlugIsToldUnderTheNameThatTheAgentKnows() throws Exception {
        FenceAgent old =
                new FenceAgent(script("fence_old", SCRIPT.replace("name=\"plug\"", "name=\"port\"")), System::nanoTime);
        old.perform(FenceAction.OFF, "n1", Map.of("ip", "10.0.0.9", "plug", "7"), LIMIT);
        assertThat(Files.readAllLines(dir.resolve("heard"))).contains("port=7").doesNotContain("plug=7");
        agent.perform(FenceAction.OFF, "n1", Map.of("ip", "10.0.0.9", "port", "8"), LIMIT);
        assertThat(Files.readAllLines(dir.resolve("heard"))).contains("plug=8").doesNotContain("port=8");
    }

    @Test
    void theTimeLimitFollowsFromWhatTheAgentSays() throws Exception {
        assertThat(agent.usualLimit(PARAMETERS)).isEqualTo(Duration.ofSeconds(20));
        FenceAgent slow = new FenceAgent(script("fence_slow", SCRIPT.replace("</parameters>", """
                          <parameter name="power_timeout"><content type="second" default="30"/></parameter>
                          <parameter name="login_timeout"><content type="second" default="5"/></parameter>
                          <parameter name="shell_timeout"><content type="second" default="3"/></parameter>
                        </parameters>""")), System::nanoTime);
        assertThat(slow.usualLimit(Map.of())).isEqualTo(Duration.ofSeconds(5 + 30 + 5 + 9));
        assertThat(slow.usualLimit(Map.of("power_timeout", "120"))).isEqualTo(Duration.ofSeconds(5 + 120 + 5 + 9));
        assertThat(slow.usualLimit(Map.of("power_timeout", "long"))).isEqualTo(Duration.ofSeconds(20));
        assertThat(slow.usualLimit(Map.of("power_timeout", "1e9"))).isEqualTo(Duration.ofMinutes(10));
    }

    @Test
    void anAgentThatCannotProveAnythingIsRefused() throws IOException {
        String actions = "<actions><action name=\"off\"/><action name=\"monitor\"/></actions></resource-agent>";
        FenceAgent blind =
                new FenceAgent(script("fence_blind", SCRIPT.replace("</resource-agent>", actions)), System::nanoTime);
        assertThat(blind.check(PARAMETERS).toString()).contains("cannot tell whether a node is off");
        FenceAgent again = new FenceAgent(
                script("fence_again", SCRIPT.replace("</resource-agent>", actions.replace("off", "reboot"))),
                System::nanoTime);
        assertThat(again.check(PARAMETERS).toString()).contains("cannot switch off and leave off");
    }

    @Test
    void anAgentThatCannotMonitorIsNotAskedTo() throws Exception {
        String actions = "<actions><action name=\"off\"/><action name=\"status\"/></actions></resource-agent>";
        FenceAgent quiet =
                new FenceAgent(script("fence_quiet", SCRIPT.replace("</resource-agent>", actions)), System::nanoTime);
        quiet.perform(FenceAction.MONITOR, "", PARAMETERS, LIMIT);
        assertThat(Files.readAllLines(dir.resolve("heard"))).containsExactly("action=metadata");
        agent.perform(FenceAction.MONITOR, "", PARAMETERS, LIMIT);
        assertThat(Files.readAllLines(dir.resolve("heard"))).contains("action=monitor");
    }

    @Test
    void whatItSaidIsKeptUntilItsFileChanges() throws Exception {
        AgentShelf shelf = new AgentShelf(new AgentFolders(Set.of(dir)), System::nanoTime);
        Path file = dir.resolve("fence_test");
        shelf.agent(file).metadata(LIMIT);
        shelf.agent(file).metadata(LIMIT);
        assertThat(Files.readAllLines(dir.resolve("heard"))).containsOnlyOnce("action=metadata");
        Files.setLastModifiedTime(file, FileTime.fromMillis(1));
        shelf.agent(file).metadata(LIMIT);
        assertThat(Files.readAllLines(dir.resolve("heard"))).hasSize(2);
    }
}
