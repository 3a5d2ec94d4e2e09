package io.holdfast.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import io.holdfast.model.Command.Proof;
import io.holdfast.model.InstanceRecord.State;
import io.holdfast.model.config.Configuration;
import io.holdfast.model.config.Constraint;
import io.holdfast.model.config.Defaults;
import io.holdfast.model.config.FenceSetting;
import io.holdfast.model.config.OperationSetting;
import io.holdfast.model.config.Resource;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class CodecTest {
    /** Lines for new commands are added by {@code -Dgolden.write=true}, none is written again; a later version must read it for ever. */
    private static final Path GOLDEN = Path.of("src/test/resources/format-1.txt");

    private static final Path GOLDEN_STATE = Path.of("src/test/resources/state-1.txt");

    static final Configuration FULL = new Configuration(
            "demo",
            new TreeMap<>(Map.of(
                    "ip",
                    new Resource(
                            "ip",
                            "ocf:heartbeat:IPaddr2",
                            new TreeMap<>(Map.of("ip", "10.0.0.1")),
                            new OperationSetting(Optional.empty(), Optional.of(Duration.ofSeconds(40))),
                            OperationSetting.UNSET,
                            new OperationSetting(Optional.of(Duration.ofMillis(500)), Optional.empty()),
                            OptionalInt.of(100),
                            OptionalInt.empty(),
                            Optional.of(Duration.ofMinutes(10)),
                            7),
                    "web",
                    Resource.of("web", "process", Map.of()))),
            new TreeMap<>(Map.of("site", List.of("ip", "web"))),
            List.of(
                    new Constraint.Prefer("site", "n1", "", 100),
                    new Constraint.Together("web", "ip", Constraint.INFINITY),
                    new Constraint.Order("ip", "web", true)),
            List.of(new FenceSetting(
                    "power",
                    "fence_ipmilan",
                    List.of("n1"),
                    new TreeMap<>(Map.of("ip", "10.0.0.9")),
                    1,
                    2,
                    Duration.ZERO,
                    Duration.ofSeconds(20),
                    "off")),
            Defaults.USUAL);

    private static final List<Command> COMMANDS = List.of(
            new Command.Join("n1", TestCluster.TERMS),
            new Command.Resume("n1", 1, TestCluster.TERMS),
            new Command.Leave("n1", 1),
            new Command.Allow("web", "n1", 1, "why"),
            new Command.Revoke("web", 5, "why"),
            new Command.Release("web", "n1", 1, 5),
            new Command.Reported("web", "n1", 1, 5, State.ACTIVE, ""),
            new Command.Failure("web", "n1", 1, 5, "start", "x", true),
            new Command.Expel("n1", 1, "silent"),
            new Command.Fenced("n1", 1, new Proof.LeaseOver("2270 ms", 0)),
            new Command.Fenced("n1", 1, new Proof.Device("power", 9)),
            new Command.Fenced("n1", 1, new Proof.Reboot(6, "m1")),
            new Command.Fenced("n1", 1, new Proof.Manual("ann")),
            new Command.Hold("n1", 1, 60_000, 9, 1),
            new Command.Unhold("n1", 1, 9, 1),
            new Command.Apply(FULL, "cluster: demo\n", -1, "ann"),
            new Command.Move("web", "n1", "ann"),
            new Command.Unmove("web", "ann"),
            new Command.Start("web", "ann"),
            new Command.Stop("web", "ann"),
            new Command.Retry("web", "ann"),
            new Command.Forget("web", "n1", 1234),
            new Command.Standby("n1", true, "ann"),
            new Command.Maintenance("", true, "ann"),
            new Command.Attribute("n1", "rack", "7", "ann"),
            new Command.Note("web", 5, "k", "v"),
            new Command.Announce("n1", "web", "info", "text"),
            new Command.VotersChanged(List.of("n1", "n2", "n3")),
            new Command.VotersSettled(7),
            new Command.Deploy("com.example.web", "1.0.0", "ab".repeat(32), 4711, "ann"),
            new Command.Deployed("n1", 1, "com.example.web", 9, "ab".repeat(32), false, "why", List.of("web")),
            new Command.RollBack("com.example.web", 9, "why"),
            new Command.Undeploy("com.example.web", "ann"),
            new Command.Join("n1", TestCluster.TERMS, 2),
            new Command.Resume("n1", 1, TestCluster.TERMS, 2),
            new Command.RaiseLevel(2, "0.2.0", List.of("n1", "n2"), "ann"),
            new Command.Lied("n1", 1, List.of("disk")));

    private static Entry entry(Command command) {
        return new Entry("n1", 1_700_000_000_000L, command);
    }

    @Test
    void everyCommandComesBackEqual() {
        assertThat(COMMANDS.stream().map(Command::getClass).collect(Collectors.toSet()))
                .as("a new command belongs into this test")
                .isEqualTo(Arrays.stream(Command.class.getPermittedSubclasses()).collect(Collectors.toSet()));
        for (Command command : COMMANDS) {
            assertThat(Codec.entry(Codec.encode(entry(command)))).isEqualTo(entry(command));
        }
    }

    @Test
    void everythingOfAFenceDeviceComesBack() {
        FenceSetting full = new FenceSetting(
                "power",
                "fence_apc",
                List.of("n1", "n2"),
                new TreeMap<>(),
                1,
                0,
                Duration.ofSeconds(1),
                Duration.ZERO,
                "off",
                new TreeMap<>(Map.of("n1", "7")),
                Optional.of(Duration.ofHours(1)));
        Configuration configuration =
                new Configuration("demo", new TreeMap<>(), new TreeMap<>(), List.of(), List.of(full), Defaults.USUAL);
        Entry entry = entry(new Command.Apply(configuration, "cluster: demo\n", -1, "ann"));
        assertThat(Codec.entry(Codec.encode(entry))).isEqualTo(entry);
    }

    @Test
    void readsWhatTheFirstVersionWrote() throws IOException {
        if (Boolean.getBoolean("golden.write")) {
            Files.write(
                    GOLDEN,
                    COMMANDS.stream()
                            .skip(Files.readAllLines(GOLDEN).size())
                            .map(command -> HexFormat.of().formatHex(Codec.encode(entry(command))))
                            .toList(),
                    StandardOpenOption.APPEND);
        }
        List<String> lines = Files.readAllLines(GOLDEN, StandardCharsets.US_ASCII);
        assertThat(lines).hasSizeLessThanOrEqualTo(COMMANDS.size());
        for (int i = 0; i < lines.size(); i++) {
            assertThat(Codec.entry(HexFormat.of().parseHex(lines.get(i)))).isEqualTo(entry(COMMANDS.get(i)));
        }
    }

    /** What a snapshot holds when every part of the state has something. */
    private static ClusterState everything() {
        TestCluster cluster = TestCluster.with("web");
        long token = cluster.allow("web", "n1");
        cluster.done("", new Command.VotersChanged(List.of("n1", "n2")));
        cluster.done("n1", new Command.Apply(FULL, "cluster: demo\n", -1, "ann"));
        cluster.done("n1", new Command.Reported("web", "n1", 1, token, State.ACTIVE, "up"));
        cluster.done("n1", new Command.Hold("n1", 1, 60_000, 9, 1));
        cluster.done("n1", new Command.Failure("web", "n1", 1, token, "start", "x", true));
        cluster.done("n1", new Command.Attribute("n1", "rack", "7", "ann"));
        cluster.done("n1", new Command.Standby("n2", true, "ann"));
        cluster.done("n1", new Command.RaiseLevel(2, "0.2.0", List.of("n1", "n2"), "ann"));
        long deployed = cluster.done("n1", new Command.Deploy("com.example.web", "1.0.0", "ab".repeat(32), 9, "ann"));
        cluster.done(
                "n1",
                new Command.Deployed("n1", 1, "com.example.web", deployed, "ab".repeat(32), true, "", List.of("t")));
        return cluster.state;
    }

    @Test
    void readsTheStateThatTheFirstVersionWrote() throws IOException {
        if (Boolean.getBoolean("golden.write")) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            Codec.write(everything(), out);
            Files.writeString(GOLDEN_STATE, HexFormat.of().formatHex(out.toByteArray()) + "\n");
        }
        byte[] bytes = HexFormat.of().parseHex(Files.readString(GOLDEN_STATE).strip());
        ClusterState read = Codec.readState(new ByteArrayInputStream(bytes));
        ClusterState same = everything();
        assertThat(read.index()).isEqualTo(same.index());
        assertThat(read.nextIncarnation()).isEqualTo(same.nextIncarnation());
        assertThat(read.nodes()).isEqualTo(same.nodes());
        assertThat(read.grants()).isEqualTo(same.grants());
        assertThat(read.instances()).isEqualTo(same.instances());
        assertThat(read.configuration()).isEqualTo(same.configuration());
        assertThat(read.history()).isEqualTo(same.history());
        assertThat(read.votes()).isEqualTo(same.votes());
        assertThat(read.deployments()).isEqualTo(same.deployments());
        assertThat(read.level()).isEqualTo(new ClusterState.Level(2, "0.2.0"));
        assertThat(read.events()).isNotEmpty(); // their words may change
    }

    @Test
    void whatWasWrittenBeforeThereWereLevelsIsOfTheFirst() throws IOException {
        byte[] bytes = written(1, 0, out -> {
            out.writeStartObject();
            out.writeNumberField("index", 7);
            out.writeEndObject();
        });
        bytes[2] = 2; // a state
        assertThat(Codec.readState(new ByteArrayInputStream(bytes)).level()).isEqualTo(ClusterState.Level.FIRST);
    }

    @Test
    void passesOverFieldsOfANewerVersionAndFillsInMissingOnes() throws IOException {
        byte[] bytes = written(1, 3, out -> {
            out.writeStartObject();
            out.writeStringField("origin", "n1");
            out.writeObjectFieldStart("novelty");
            out.writeArrayFieldStart("deep");
            out.writeEndArray();
            out.writeEndObject();
            out.writeObjectFieldStart("command");
            out.writeObjectFieldStart("Stop");
            out.writeStringField("resource", "web");
            out.writeNumberField("urgency", 3);
            out.writeEndObject();
            out.writeEndObject();
            out.writeEndObject();
        });
        assertThat(Codec.entry(bytes)).isEqualTo(new Entry("n1", 0, new Command.Stop("web", "")));
    }

    @Test
    void namesTheVersionsOfACommandThatItDoesNotKnow() throws IOException {
        byte[] bytes = written(1, 3, out -> {
            out.writeStartObject();
            out.writeObjectFieldStart("command");
            out.writeObjectFieldStart("Teleport");
            out.writeEndObject();
            out.writeEndObject();
            out.writeEndObject();
        });
        assertThatThrownBy(() -> Codec.entry(bytes))
                .isInstanceOf(CodecException.class)
                .hasMessage("Command 'Teleport' is not known to this version of Holdfast (format 1.1);"
                        + " it was written in format 1.3: update this node");
    }

    @Test
    void namesTheVersionsOfANewerFormat() throws IOException {
        byte[] bytes = written(2, 0, out -> out.writeNumber(1));
        assertThatThrownBy(() -> Codec.entry(bytes))
                .isInstanceOf(CodecException.class)
                .hasMessage("Written in format 2.0, this version of Holdfast reads format 1; update this node");
    }

    @Test
    void saysOfRubbishThatItIsRubbish() {
        byte[] good = Codec.encode(entry(COMMANDS.get(0)));
        assertThatThrownBy(() -> Codec.entry(new byte[0])).hasMessageContaining("no Holdfast entry");
        assertThatThrownBy(() -> Codec.entry("something else".getBytes(StandardCharsets.UTF_8)))
                .hasMessageContaining("no Holdfast entry");
        assertThatThrownBy(() -> Codec.result(good)).hasMessageContaining("no Holdfast result");
        for (int length = 5; length < good.length; length++) {
            byte[] torn = Arrays.copyOf(good, length);
            assertThatThrownBy(() -> Codec.entry(torn)).as("length %s", length).isInstanceOf(CodecException.class);
        }
    }

    @Test
    void aChangedByteGivesAnEntryOrOneClearError() {
        byte[] good = Codec.encode(entry(COMMANDS.get(15)));
        for (int i = 5; i < good.length; i++) {
            for (int bit = 0; bit < 8; bit++) {
                byte[] flipped = good.clone();
                flipped[i] ^= (byte) (1 << bit);
                try {
                    assertThat(Codec.entry(flipped)).isNotNull();
                } catch (CodecException e) {
                    assertThat(e).hasMessageNotContaining("null");
                }
            }
        }
    }

    @Test
    void theWholeStateComesBackEqual() throws IOException {
        TestCluster cluster = TestCluster.with("web");
        long token = cluster.allow("web", "n1");
        cluster.done("n1", new Command.Apply(FULL, "cluster: demo\n", -1, "ann"));
        cluster.done("n1", new Command.Reported("web", "n1", 1, token, State.ACTIVE, ""));
        cluster.done("n1", new Command.Hold("n1", 1, 60_000, 9, 1));
        cluster.done("n1", new Command.Failure("web", "n1", 1, token, "start", "x", true));
        long deployed = cluster.done("n1", new Command.Deploy("com.example.web", "1.0.0", "ab".repeat(32), 9, "ann"));
        cluster.done(
                "n1",
                new Command.Deployed("n1", 1, "com.example.web", deployed, "ab".repeat(32), true, "", List.of("t")));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Codec.write(cluster.state, out);
        ClusterState read = Codec.readState(new ByteArrayInputStream(out.toByteArray()));
        assertThat(read).isEqualTo(cluster.state);
        assertThat(read.instances().plus("x", InstanceRecord.fresh("x", 1))).hasSize(3);
    }

    /** A swap is refused by what the manifest says. */
    @Test
    void theManifestSaysTheLevel() throws IOException {
        assertThat(Files.readAllLines(Path.of("bnd.bnd"))).contains("Holdfast-Level: " + Levels.THIS.newest());
    }

    private interface Writing {
        void write(JsonGenerator out) throws IOException;
    }

    private static byte[] written(int major, int minor, Writing writing) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(new byte[] {'H', 'F', 0, (byte) major, (byte) minor});
        try (JsonGenerator generator = new CBORFactory().createGenerator(out)) {
            writing.write(generator);
        }
        return out.toByteArray();
    }
}
