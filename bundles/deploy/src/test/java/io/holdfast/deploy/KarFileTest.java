package io.holdfast.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.deploy.KarFile.Unpacked;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KarFileTest {
    private static final String DIGEST = "0123456789abcdef".repeat(4);
    private static final String LIST = "repository/org/web/web/1.0.0/web-1.0.0-features.xml";
    private static final String JAR = "repository/org/web/web/1.0.0/web-1.0.0.jar";

    @TempDir
    private Path folder;

    private Path to;

    @BeforeEach
    void target() {
        to = folder.resolve("unpacked").resolve(DIGEST);
    }

    /** {@return a KAR with these entries: name, content, name, content} */
    static byte[] kar(String... entries) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            for (int i = 0; i < entries.length; i += 2) {
                zip.putNextEntry(new ZipEntry(entries[i]));
                zip.write(entries[i + 1].getBytes(StandardCharsets.UTF_8));
            }
        }
        return bytes.toByteArray();
    }

    private static String list(String features) {
        return "<?xml version='1.0'?><features name='web-1.0.0' xmlns='http://karaf.apache.org/xmlns/features/v1.6.0'>"
                + features + "</features>";
    }

    private Path file(String... entries) throws IOException {
        return Files.write(folder.resolve("web.kar"), kar(entries));
    }

    private Unpacked unpack(Path kar) throws IOException {
        return KarFile.unpack(kar, DIGEST, to, address -> address.contains("shared"));
    }

    @Test
    void itIsNamedByItsFirstFeatureThatIsInstalled() throws IOException {
        Path kar = file(
                LIST,
                list("<feature name='later' version='2.0.0' install='manual'/><feature name='web' version='1.0.0'/>"));
        assertThat(Deployable.read(kar)).isEqualTo(new KarFile("web", "1.0.0"));
        assertThat(unpack(kar).features()).containsExactly("web-0123456789ab/1.0.0");
    }

    @Test
    void whatCannotBeTakenBackIsRefused() throws IOException {
        String web = list("<feature name='web'/>");
        Path manual = file(LIST, list("<feature name='web' install='manual'/>"));
        assertThatThrownBy(() -> Deployable.read(manual)).hasMessageContaining("install=\"manual\"");
        Path files = file(LIST, web, "resources/etc/custom.properties", "x = y");
        assertThatThrownBy(() -> Deployable.read(files)).hasMessageContaining("the container's own folder");
        Path libraries = file(LIST, list("<feature name='web'><library>mvn:a/b/1</library></feature>"));
        assertThatThrownBy(() -> Deployable.read(libraries)).hasMessageContaining("libraries for the Java class path");
        Path neither = file("readme.txt", "hello", "repository/pom.xml", "<project/>");
        assertThatThrownBy(() -> Deployable.read(neither))
                .hasMessageContaining("it is no OSGi bundle")
                .hasMessageContaining("no KAR");
        Path torn = file(LIST, "<features");
        assertThatThrownBy(() -> Deployable.read(torn)).hasMessageContaining("is no XML");
        Path entity = file(LIST, "<!DOCTYPE f [<!ENTITY e SYSTEM 'file:/etc/passwd'>]><features>&e;</features>");
        assertThatThrownBy(() -> Deployable.read(entity)).hasMessageContaining("DOCTYPE");
    }

    @Test
    void itsBundlesComeFromItAndItsFeaturesAreToldApart() throws IOException {
        Unpacked unpacked = unpack(file(
                LIST,
                list("<feature name='web' version='1.0.0'><feature version='1.0.0'>base</feature><feature>scr</feature>"
                        + "<bundle start-level='30'>mvn:org.web/web/1.0.0</bundle>"
                        + "<bundle>wrap:mvn:org.web/web/1.0.0$Bundle-Name=web</bundle>"
                        + "<bundle>mvn:org.shared/shared/1.0.0</bundle><bundle>mvn:org.other/other/1.0.0</bundle>"
                        + "<conditional><condition>base</condition></conditional></feature>"
                        + "<feature name='base' version='1.0.0' install='manual'/>"),
                JAR,
                "jar",
                "repository/org/shared/shared/1.0.0/shared-1.0.0.jar",
                "jar"));
        String text = Files.readString(unpacked.lists().get(0));
        String jar = to.resolve(JAR).toUri().toString();
        assertThat(text)
                .contains("name=\"web-0123456789ab\"", "name=\"base-0123456789ab\"")
                .contains("<feature>base-0123456789ab</feature>", "<feature>scr</feature>")
                .contains("<condition>base-0123456789ab</condition>")
                .contains("<bundle start-level=\"30\">" + jar + "</bundle>")
                .contains("wrap:" + jar + "$Bundle-Name=web")
                .contains(">mvn:org.shared/shared/1.0.0<", ">mvn:org.other/other/1.0.0<");
        assertThat(unpacked.features()).containsExactly("web-0123456789ab/1.0.0");
        assertThat(to.resolve(JAR)).hasContent("jar");
    }

    @Test
    void whatPointsOutOfItIsNotWritten() throws IOException {
        Path kar = file(LIST, list("<feature name='web'/>"), "repository/../../../out", "x");
        assertThatThrownBy(() -> unpack(kar)).hasMessageContaining("lies outside of it");
        assertThat(folder.resolve("out")).doesNotExist();
    }

    @Test
    void itTellsWhichBundlesAreInItAndWhetherItConfigures() throws IOException {
        Path plain =
                file(LIST, list("<feature name='web'><bundle>mvn:org.web/web/1.0.0</bundle></feature>"), JAR, "jar");
        assertThat(unpack(plain).bundles()).isEmpty();
        assertThat(unpack(plain).configures()).isFalse();
        ByteArrayOutputStream jar = new ByteArrayOutputStream();
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().putValue("Bundle-SymbolicName", "org.web; singleton:=true");
        manifest.getMainAttributes().putValue("Bundle-Version", "1.2.0");
        new JarOutputStream(jar, manifest).close();
        ByteArrayOutputStream kar = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(kar)) {
            zip.putNextEntry(new ZipEntry(LIST));
            zip.write(list("<feature name='web'><config name='org.web'>a = b</config></feature>")
                    .getBytes(StandardCharsets.UTF_8));
            zip.putNextEntry(new ZipEntry(JAR));
            zip.write(jar.toByteArray());
        }
        Unpacked unpacked = unpack(Files.write(folder.resolve("web.kar"), kar.toByteArray()));
        assertThat(unpacked.bundles()).containsExactly(new BundleFile("org.web", "1.2.0", true));
        assertThat(unpacked.configures()).isTrue();
    }

    @Test
    void unpackingAnewLeavesNothingOfBefore() throws IOException {
        unpack(file(LIST, list("<feature name='web'/>"), "repository/old", "x"));
        unpack(file(LIST, list("<feature name='web'/>")));
        assertThat(to.resolve("repository/old")).doesNotExist();
        KarFile.delete(to);
        assertThat(to).doesNotExist();
        KarFile.delete(to);
    }

    @Test
    void addressesOfMavenArePathsInItsRepository() {
        assertThat(MavenAddress.path("mvn:org.web/web/1.0.0")).isEqualTo("org/web/web/1.0.0/web-1.0.0.jar");
        assertThat(MavenAddress.path("mvn:https://r.org/m2!org.web/web/1/xml/features"))
                .isEqualTo("org/web/web/1/web-1-features.xml");
        assertThat(MavenAddress.path("mvn:org.web/web/1//tests")).isEqualTo("org/web/web/1/web-1-tests.jar");
        assertThatThrownBy(() -> MavenAddress.path("mvn:web/1")).hasMessageContaining("mvn:GROUP/ARTIFACT/VERSION");
    }
}
