package io.holdfast.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * A CIFS share by a real smbd, under faults. A client outside the nodes writes numbered, checksummed blocks with flush and reads all of
 * them back at the end; another kind of client, Samba's own, reads too.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ShareIT {
    private static final Duration LIMIT = Duration.ofSeconds(40);
    private static final Duration LEASE = Duration.ofSeconds(2);
    private static final String NOTE = "written on the volume";

    private Lab lab;
    private Share share;
    private Watcher watcher;

    @BeforeAll
    void start() throws IOException {
        lab = new Lab(
                Path.of(System.getProperty("holdfast.installation")),
                Files.createTempDirectory("holdfast-share"),
                LEASE,
                List.of("n1", "n2", "n3"));
        lab.startAll();
        share = new Share(
                lab,
                Path.of(System.getProperty("holdfast.share.bundle")),
                Path.of(System.getProperty("holdfast.share.client")));
        Files.writeString(lab.folder().resolve("shared/note.txt"), NOTE);
        watcher = new Watcher(lab, 0);
    }

    @BeforeEach
    void settle() {
        lab.settle();
        lab.holder(Share.RESOURCE);
    }

    @AfterAll
    void end() {
        if (watcher != null) {
            watcher.close();
        }
        if (lab != null) {
            lab.saveLogs(Path.of("target/logs/ShareIT").toAbsolutePath());
            lab.close();
            Shell.attempt(20, "rm", "-rf", lab.folder().toString());
        }
    }

    @Test
    void aPlannedMoveLosesNoWrite() {
        writeWhile((holder, rest) -> {
            rest.ha("move", Share.RESOURCE, rest.name(), "--wait", "30s");
            assertThat(rest.activeOn(Share.RESOURCE)).isEqualTo(rest.name());
            assertThat(holder.processesOf(Share.RESOURCE))
                    .as("smbd on the node that gave the share away")
                    .isEmpty();
            rest.ha("unmove", Share.RESOURCE);
        });
    }

    @Test
    void theDeathOfTheActiveNodeLosesNoWrite() {
        writeWhile((holder, rest) -> {
            holder.powerOff();
            Waiting.until(
                    "the share is active on another node",
                    LIMIT,
                    () -> !List.of("", holder.name()).contains(rest.activeOn(Share.RESOURCE)),
                    () -> rest.ha("status"));
        });
    }

    @Test
    void theDeathOfTheServerAloneIsMendedWhereItIs() {
        writeWhile((holder, rest) -> {
            List<Long> killed = holder.processesOf(Share.RESOURCE);
            assertThat(killed).isNotEmpty();
            killed.forEach(pid -> Shell.attempt(5, "kill", "-9", pid.toString()));
            Waiting.until(
                    "smbd runs again where it was",
                    LIMIT,
                    () -> holder.processesOf(Share.RESOURCE).stream().anyMatch(pid -> !killed.contains(pid))
                            && rest.activeOn(Share.RESOURCE).equals(holder.name()),
                    () -> rest.ha("status"));
        });
    }

    @Test
    void anotherKindOfClientListsAndReads() throws IOException, InterruptedException {
        assertThat(smbclient("ls")).contains("note.txt").doesNotContain(".holdfast ");
        assertThat(smbclient("get note.txt -")).contains(NOTE);
    }

    /** Lets a client write, does something to the node that holds the share, and judges what the client found in the end. */
    private void writeWhile(BiConsumer<Node, Node> fault) {
        Node holder = lab.holder(Share.RESOURCE);
        Node rest = lab.powered().stream()
                .filter(node -> node != holder)
                .findFirst()
                .orElseThrow();
        Share.Written written = share.writeWhile(() -> fault.accept(holder, rest));
        assertThat(written.acknowledged()).isPositive();
        assertThat(written.lost()).isZero();
        assertThat(written.longestGapMs()).isLessThan(LIMIT.toMillis());
        assertThat(watcher.breaches()).isEmpty();
    }

    private String smbclient(String command) throws IOException, InterruptedException {
        Path said = lab.folder().resolve("smbclient.out");
        int status = lab.onClient(List.of(
                        "timeout", "15", "smbclient", "//" + Lab.SERVICE_ADDRESS + "/data", "--no-pass", "-c", command))
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start()
                .waitFor();
        String output = Files.readString(said);
        assertThat(status).as(output).isZero();
        return output;
    }
}
