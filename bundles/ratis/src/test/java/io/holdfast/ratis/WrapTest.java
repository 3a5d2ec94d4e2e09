package io.holdfast.ratis;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.Attributes;
import java.util.jar.Manifest;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What is easily lost from this bundle and missed only at run time. */
class WrapTest {
    private static final Path CLASSES = Path.of("target", "classes");

    @Test
    @DisplayName("the stand-in for Netty is the one that the bundle carries, and no Netty is beside it")
    void carriesTheStandIn() throws Exception {
        Path netty = CLASSES.resolve("org/apache/ratis/thirdparty/io/netty");
        try (var files = Files.walk(netty)) {
            assertThat(files.filter(Files::isRegularFile)
                            .map(f -> f.getFileName().toString()))
                    .containsExactly("PlatformDependent.class");
        }
        assertThat(Files.size(netty.resolve("util/internal/PlatformDependent.class")))
                .isLessThan(2_000);
    }

    @Test
    @DisplayName("metrics are found by a service file, versions by a properties file")
    void carriesItsResources() {
        assertThat(CLASSES.resolve("META-INF/services/org.apache.ratis.metrics.MetricRegistries"))
                .exists();
        assertThat(CLASSES.resolve("ratis-version.properties")).exists();
    }

    @Test
    @DisplayName("the log's bundle can link against Ratis and the shaded protobuf, and nothing else is shown")
    void exportsRatisAndProtobuf() throws Exception {
        String exported;
        try (var in = Files.newInputStream(CLASSES.resolve("META-INF/MANIFEST.MF"))) {
            exported = new Manifest(in).getMainAttributes().getValue(new Attributes.Name("Export-Package"));
        }
        assertThat(exported)
                .contains("org.apache.ratis.server;")
                .contains("org.apache.ratis.proto;")
                .contains("org.apache.ratis.thirdparty.com.google.protobuf;")
                .doesNotContain("io.netty")
                .doesNotContain("google.common");
    }
}
