package io.holdfast.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.config.Configuration;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DocumentTest {

    private static Configuration read(String text) {
        return ((Parsed.Sound) ConfigParser.parse(text, "f", TypeLookup.trusting())).configuration();
    }

    @Test
    void saysNothingOfTheSame() {
        assertThat(Document.diff(Configuration.EMPTY, read(Document.MINIMAL))).isEmpty();
    }

    @Test
    void tellsEachChangeInALine() {
        Configuration old = read("""
                cluster: t
                resources:
                  ip: {type: address, parameters: {ip: 10.0.0.1}, monitor: {interval: 5s}}
                  old: {type: process, parameters: {command: x}}
                groups: {g: [ip, old]}
                constraints:
                  - prefer: {resource: ip, node: n1, score: 100}
                  - order: {first: ip, then: old}
                fencing: [{name: p, agent: x, nodes: [n1]}]
                """);
        Configuration next = read("""
                cluster: t
                resources:
                  ip: {type: address, parameters: {ip: 10.0.0.2}, priority: 3, stickiness: INFINITY}
                  new: {type: process, parameters: {command: x}}
                constraints:
                  - prefer: {resource: ip, node: n1, score: 50}
                  - apart: {resource: ip, from: new}
                fencing: [{name: p, agent: x, nodes: [n1], delay: 5s}]
                defaults: {failure-timeout: 90s}
                """);
        assertThat(Document.diff(old, next))
                .containsExactly(
                        "+ constraint apart ip from new: score INFINITY",
                        "- constraint order ip then old: mandatory",
                        "~ constraint prefer ip on n1: score 100 -> score 50",
                        "~ defaults failure-timeout: 10m -> 90s",
                        "~ fence device p: x for [n1] level 1 retries 1 delay 0s timeout as the agent says action off monitor 10m"
                                + " -> x for [n1] level 1 retries 1 delay 5s timeout as the agent says action off monitor 10m",
                        "- group g: [ip, old]",
                        "- resource ip monitor.interval: 5s",
                        "~ resource ip parameters.ip: 10.0.0.1 -> 10.0.0.2",
                        "+ resource ip priority: 3",
                        "+ resource ip stickiness: INFINITY",
                        "+ resource new: type process",
                        "- resource old: type process");
    }

    @Test
    void comparesSecretsAndDoesNotShowThem() {
        String text =
                "cluster: t\nfencing: [{name: p, agent: x, nodes: [n1], parameters: {ip: 10.0.0.9, password: %s}}]";
        assertThat(Document.diff(Configuration.EMPTY, read(text.formatted("secret"))))
                .contains("+ fence device p parameters.ip: 10.0.0.9", "+ fence device p parameters.password (hidden)");
        assertThat(Document.diff(read(text.formatted("secret")), read(text.formatted("other"))))
                .containsExactly("~ fence device p parameters.password (hidden): changed");
    }

    @ParameterizedTest
    @CsvSource({"500ms,500", "5s,5000", "10m,600000", "1h,3600000", "2d,172800000", "0,0", "0s,0", "90 s,90000"})
    void readsDurations(String text, long millis) {
        assertThat(Durations.parse(text)).contains(Duration.ofMillis(millis));
    }

    @ParameterizedTest
    @CsvSource({"5", "-5s", "5 parsecs", "1.5s", "''", "99999999999s", "5S"})
    void refusesWhatIsNoDuration(String text) {
        assertThat(Durations.parse(text)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"500,500ms", "5000,5s", "90000,90s", "600000,10m", "3600000,1h", "0,0s", "172800000,48h"})
    void writesDurations(long millis, String text) {
        assertThat(Durations.format(Duration.ofMillis(millis))).isEqualTo(text);
    }
}
