package io.holdfast.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.ClusterState;
import io.holdfast.model.Command;
import io.holdfast.model.Entry;
import io.holdfast.model.Result;
import io.holdfast.model.Rules;
import io.holdfast.model.ledger.ReplicatedLog.Voters;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Log entries, snapshots and messages as the first version wrote them: a later version must read them for ever. */
class KeptFormatsTest {
    /** Written once by {@code -Dgolden.write=true}. */
    private static final Path GOLDEN = Path.of("src/test/resources/ledger-1.txt");

    private static final UUID SESSION = new UUID(3, 5);
    private static final Envelope.Ordered ORDERED = new Envelope.Ordered(
            SESSION,
            7,
            6,
            new HoldfastModel().encode(new Entry("n1", 99, new Command.Announce("n1", "", "info", "text"))));
    private static final List<Engine.Attempt> ATTEMPTS = List.of(
            new Engine.Attempt.Done(12), new Engine.Attempt.Refused("no leader"), new Engine.Attempt.Maybe("silence"));

    private static Snapshot snapshot() {
        Sessions sessions = new Sessions();
        sessions.admit(ORDERED);
        sessions.note(ORDERED, new Sessions.Outcome(12, new Result.Refused("because")));
        Rules.Applied applied = Rules.apply(
                ClusterState.empty(), 12, new Entry("n1", 99, new Command.Announce("n1", "", "info", "text")));
        return new Snapshot(
                applied.state(),
                new Voters(4, List.of("n1", "n2", "n3"), List.of("n4")),
                new TreeSet<>(List.of("n1", "n2")),
                sessions);
    }

    private static void write() throws IOException {
        Files.write(
                GOLDEN,
                Stream.concat(
                                Stream.of(
                                        Envelope.encode(ORDERED),
                                        Envelope.encode(new Envelope.Seated("n2")),
                                        snapshot().encode(new HoldfastModel())),
                                ATTEMPTS.stream().map(a -> Wire.write(out -> AttemptCodec.write(out, a))))
                        .map(bytes -> HexFormat.of().formatHex(bytes))
                        .toList());
    }

    /** A swap is refused by what the manifest says. */
    @Test
    void theManifestSaysTheLogFormat() throws IOException {
        assertThat(Files.readAllLines(Path.of("bnd.bnd"))).contains("Holdfast-Log-Format: " + Envelope.FORMAT);
    }

    @Test
    void readsWhatTheFirstVersionWrote() throws Exception {
        if (Boolean.getBoolean("golden.write")) {
            write();
        }
        List<byte[]> kept = Files.readAllLines(GOLDEN).stream()
                .map(HexFormat.of()::parseHex)
                .toList();
        Envelope.Ordered ordered = (Envelope.Ordered) Envelope.decode(kept.get(0));
        assertThat(ordered.session()).isEqualTo(SESSION);
        assertThat(ordered.seq()).isEqualTo(7);
        assertThat(ordered.low()).isEqualTo(6);
        assertThat(new HoldfastModel().decode(ordered.entry()))
                .isEqualTo(new Entry("n1", 99, new Command.Announce("n1", "", "info", "text")));
        assertThat(Envelope.decode(kept.get(1))).isEqualTo(new Envelope.Seated("n2"));
        Snapshot read = Snapshot.decode(new HoldfastModel(), kept.get(2));
        assertThat(read.voters()).isEqualTo(snapshot().voters());
        assertThat(read.seated()).isEqualTo(snapshot().seated());
        assertThat(read.sessions().of(SESSION)).isEqualTo(snapshot().sessions().of(SESSION));
        assertThat(read.state().index()).isEqualTo(12);
        assertThat(read.state().events()).hasSize(1);
        for (int i = 0; i < ATTEMPTS.size(); i++) {
            assertThat(Wire.read(kept.get(3 + i), AttemptCodec::read)).isEqualTo(ATTEMPTS.get(i));
        }
    }
}
