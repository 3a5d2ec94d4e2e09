package io.holdfast.guard.cells;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReleaseFilesTest {
    @TempDir
    Path base;

    @Test
    void keepsEveryCharacter() throws IOException {
        ReleaseFiles files = new ReleaseFiles(base);
        List<ReleaseCommand> commands = List.of(
                new ReleaseCommand(
                        List.of("/sbin/ip", "", " a  b ", "line\nbreak\r\\n", "end", "üml=aut"),
                        Map.of("A", "1=2\n3", "B", ""),
                        "in\nput\0\n"),
                new ReleaseCommand(List.of("true"), Map.of(), ""));
        files.write("web:0/..", commands);
        assertThat(new ReleaseFiles(base).read("web:0/..")).isEqualTo(commands);
        assertThat(files.instances()).containsExactly("web:0/..");
        files.write("web:0/..", List.of());
        assertThat(files.instances()).isEmpty();
        assertThat(files.read("web:0/..")).isEmpty();
    }

    @Test
    void whatCannotBeReadIsAnErrorAndNotNothing() throws IOException {
        ReleaseFiles files = new ReleaseFiles(base);
        files.write("web", List.of(new ReleaseCommand(List.of("true"), Map.of(), "")));
        Path file = base.resolve("run/release.d/web");
        String text = Files.readString(file);
        Files.writeString(file, text.replace("end\n", ""));
        assertThatThrownBy(() -> files.read("web"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("run/release.d/web");
        Files.writeString(file, text.replace("arg", "argh"));
        assertThatThrownBy(() -> files.read("web")).isInstanceOf(IOException.class);
    }

    @Test
    void anEarlierBootLeftNothingToTakeBack() throws IOException {
        ReleaseFiles files = new ReleaseFiles(base);
        files.write("web", List.of(new ReleaseCommand(List.of("false"), Map.of(), "")));
        Path file = base.resolve("run/release.d/web");
        Files.writeString(file, Files.readString(file).replaceFirst("boot .*", "boot another"));
        assertThat(files.read("web")).isEmpty();
    }

    @Test
    void whatALossOfPowerLeftOfAFileIsOfAnEarlierBoot() throws IOException {
        ReleaseFiles files = new ReleaseFiles(base);
        files.write("web", List.of(new ReleaseCommand(List.of("false"), Map.of(), "")));
        Path file = base.resolve("run/release.d/web");
        String text = Files.readString(file);
        for (String left : List.of("", "\0".repeat(text.length()), text.substring(0, 40) + "\0".repeat(100))) {
            Files.writeString(file, left);
            assertThat(files.read("web")).as("'%s'", left).isEmpty();
            assertThat(files.instances()).containsExactly("web");
        }
        Files.writeString(file, text.replaceFirst("boot .*", "boot another").replace("end\n", ""));
        assertThat(files.read("web")).isEmpty();
        Files.writeString(file, "holdfast-release 2\n");
        assertThatThrownBy(() -> files.read("web")).as("of a later version").isInstanceOf(IOException.class);
    }

    @Test
    void namesOfInstancesAreNamesOfFiles() {
        for (String name : List.of("web", "a.b", "../../etc/passwd", "cgroup.procs", "x y", "ü", "%41", "a:0")) {
            String encoded = Names.encode(name);
            assertThat(encoded).doesNotContain("/", ".", " ");
            assertThat(Names.decode(encoded)).isEqualTo(name);
        }
    }

    @Test
    void aCommandThatHangsIsKilledAndTriedAgain() throws Exception {
        Path tries = base.resolve("tries");
        List<String> told = new ArrayList<>();
        ReleaseRun run = new ReleaseRun(
                "fs",
                List.of(
                        new ReleaseCommand(
                                List.of(
                                        "sh",
                                        "-c",
                                        "echo x >> " + tries + "; [ $(wc -l < " + tries + ") -gt 1 ] || sleep 60"),
                                Map.of(),
                                ""),
                        new ReleaseCommand(
                                List.of("touch", base.resolve("second").toString()), Map.of(), "")),
                told::add);
        assertThat(run.pass()).isFalse();
        assertThat(base.resolve("second"))
                .as("the second does not wait for the first")
                .exists();
        assertThat(told).singleElement().asString().contains("fs").contains("did not end within 2000 ms");
        assertThat(run.pass()).isTrue();
        assertThat(Files.readAllLines(tries)).hasSize(2);
    }

    @Test
    void aCommandThatMayTakeLongIsGivenItsTime() throws Exception {
        ReleaseFiles files = new ReleaseFiles(base);
        files.write(
                "vm", List.of(new ReleaseCommand(List.of("sleep", "2.5"), Map.of("HOLDFAST_RELEASE_MS", "6000"), "")));
        List<String> told = new ArrayList<>();
        ReleaseRun run = new ReleaseRun("vm", files.read("vm"), told::add);
        assertThat(run.pass()).as(told.toString()).isTrue();
    }
}
