package io.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With keys and signatures as the JDK's own tools make them. */
class SignedJarsTest {
    @TempDir
    private static Path stores;

    @TempDir
    private Path folder;

    private Path keys;
    private Path jar;

    @BeforeAll
    static void makeKeys() throws Exception {
        for (String who : List.of("ann", "eve")) {
            tool("keytool", "-genkeypair", "-alias", who, "-dname", "CN=" + who, "-keyalg", "EC", "-validity", "1");
            tool(
                    "keytool",
                    "-exportcert",
                    "-alias",
                    who,
                    "-rfc",
                    "-file",
                    certificate(who).toString());
        }
    }

    private static Path certificate(String who) {
        return stores.resolve(who + ".pem");
    }

    private static void tool(String name, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", name).toString(), "-J-XX:TieredStopAtLevel=1"));
        command.addAll(List.of("-keystore", stores.resolve("store.p12").toString(), "-storepass", "changeit"));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IllegalStateException(command + ": " + said);
        }
    }

    @BeforeEach
    void makeJar() throws IOException {
        keys = Files.createDirectories(folder.resolve("keys"));
        Files.copy(certificate("ann"), keys.resolve("ann.pem"));
        jar = folder.resolve("web.jar");
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().putValue("Bundle-SymbolicName", "web");
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar), manifest)) {
            for (String name : List.of("Web.class", "META-INF/versions/17/Web.class", "META-INF/services/x.Type")) {
                out.putNextEntry(new ZipEntry(name));
                out.write(name.getBytes(StandardCharsets.UTF_8));
            }
        }
    }

    private void sign(String who) throws Exception {
        tool("jarsigner", jar.toString(), who);
    }

    private void write(String entry, String content) throws IOException {
        try (FileSystem zip = FileSystems.newFileSystem(jar)) {
            Files.writeString(zip.getPath(entry), content);
        }
    }

    private void check() throws IOException {
        new SignedJars(Optional.of(keys)).check(jar);
    }

    @Test
    void withoutKeysEverythingIsTaken() {
        assertThatCode(() -> new SignedJars(Optional.empty()).check(jar)).doesNotThrowAnyException();
    }

    @Test
    void whatAKnownKeySignedIsTaken() throws Exception {
        sign("ann");
        assertThatCode(this::check).doesNotThrowAnyException();
        sign("eve"); // another one's signature beside it does no harm
        assertThatCode(this::check).doesNotThrowAnyException();
    }

    @Test
    void whatNobodySignedIsRefusedAndTheRemedySaid() {
        assertThatThrownBy(this::check)
                .hasMessageContaining("it is not signed, or not all of it: nobody signed Web.class")
                .hasMessageContaining("sign it with the key of a certificate in " + keys)
                .hasMessageContaining("jarsigner -keystore KEYSTORE FILE ALIAS");
    }

    @Test
    void whatAnUnknownKeySignedIsRefused() throws Exception {
        sign("eve");
        assertThatThrownBy(this::check).hasMessageContaining("by somebody who is not known here (CN=eve)");
        Files.copy(certificate("eve"), keys.resolve("more.crt"));
        assertThatCode(this::check).doesNotThrowAnyException();
    }

    @Test
    void whatWasChangedAfterwardsIsRefused() throws Exception {
        sign("ann");
        write("Web.class", "evil");
        assertThatThrownBy(this::check).hasMessageContaining("it was changed after it was signed");
    }

    @Test
    void whatWasAddedAfterwardsIsRefusedWhereverItLies() throws Exception {
        sign("ann");
        write("META-INF/versions/17/Evil.class", "evil");
        assertThatThrownBy(this::check).hasMessageContaining("nobody signed META-INF/versions/17/Evil.class");
    }

    @Test
    void itsHeadersAreSignedToo() throws Exception {
        sign("ann");
        try (FileSystem zip = FileSystems.newFileSystem(jar)) {
            Path manifest = zip.getPath("META-INF/MANIFEST.MF");
            Files.writeString(manifest, Files.readString(manifest).replace("SymbolicName: web", "SymbolicName: bad"));
        }
        assertThatThrownBy(this::check).hasMessageContaining("it was changed after it was signed");
    }

    @Test
    void withoutAUsableListNothingIsTaken() throws Exception {
        sign("ann");
        Files.writeString(keys.resolve("notes.txt"), "ann's key");
        assertThatThrownBy(this::check).hasMessageContaining("notes.txt is no X.509 certificate");
        Files.delete(keys.resolve("notes.txt"));
        Files.delete(keys.resolve("ann.pem"));
        assertThatThrownBy(this::check).hasMessageContaining("has no certificate in it");
        Files.delete(keys);
        assertThatThrownBy(this::check).hasMessageContaining("of deploy.keys is not there");
    }

    @Test
    void aJarInWhichNothingCanBeSignedIsRefused() throws Exception {
        Files.delete(jar);
        new JarOutputStream(Files.newOutputStream(jar), new Manifest()).close();
        assertThatThrownBy(this::check).hasMessageContaining("nothing in it that could be signed");
    }
}
