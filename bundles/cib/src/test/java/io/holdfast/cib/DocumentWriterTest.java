package io.holdfast.cib;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.api.cluster.PacemakerFiles.Converted;
import io.holdfast.config.ConfigParser;
import io.holdfast.config.Parsed;
import io.holdfast.config.Purpose;
import io.holdfast.config.TypeLookup;
import io.holdfast.model.config.Configuration;
import io.holdfast.model.config.Constraint;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class DocumentWriterTest {
    private final Converted converted;

    DocumentWriterTest() throws Exception {
        converted = new CibFiles(() -> Instant.ofEpochSecond(1_700_000_000)).convert(CibReaderTest.example("shop.xml"));
    }

    @Test
    void writesWhatOurParserReads() {
        Configuration configuration = parsed();
        assertThat(configuration.cluster()).isEqualTo("shop");
        assertThat(configuration.resources()).containsOnlyKeys("shop-ip", "shop-web", "report", "clock");
        assertThat(configuration.resources().get("shop-web").type()).isEqualTo("systemd:nginx");
        assertThat(configuration.groups().get("shop")).containsExactly("shop-ip", "shop-web");
        assertThat(configuration.resources().get("shop-ip").monitor().interval())
                .contains(Duration.ofSeconds(5));
        assertThat(configuration.resources().get("report").failureTimeout()).contains(Duration.ofMinutes(10));
        assertThat(configuration.constraints())
                .contains(
                        new Constraint.Prefer("shop", "south", "", 100),
                        new Constraint.Prefer("report", "", "disk=slow", -Constraint.INFINITY),
                        new Constraint.Together("report", "shop", -Constraint.INFINITY),
                        new Constraint.Order("shop", "report", false));
        assertThat(configuration.fencing().get(0).nodes()).containsExactly("north", "south");
    }

    @Test
    void saysWhatItCouldNotCarryOver() {
        assertThat(converted.left())
                .allMatch(line -> line.startsWith("line "))
                .anyMatch(line -> line.contains("target-role=Stopped") && line.contains("ha stop report"))
                .anyMatch(line -> line.contains("no-quorum-policy=freeze"))
                .noneMatch(line -> line.contains("c1"));
    }

    private Configuration parsed() {
        Parsed parsed = ConfigParser.parse(converted.document(), "shop.yaml", TypeLookup.trusting(), Purpose.PLAN);
        assertThat(parsed).as(converted.document()).isInstanceOf(Parsed.Sound.class);
        return ((Parsed.Sound) parsed).configuration();
    }
}
