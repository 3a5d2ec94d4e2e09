package io.holdfast.agents.ocf.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.api.resource.Parameter;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class MetaDataTest {
    private static final String TEXT = """
            something that a careless agent writes first
            <?xml version="1.0"?>
            <!DOCTYPE resource-agent SYSTEM "http://192.0.2.1/ra-api-1.dtd">
            <resource-agent name="x" version="1.0">
            <shortdesc lang="en">Does
               x &amp; y</shortdesc>
            <parameters>
            <parameter name="ip" unique="1" required="1"><shortdesc>The address</shortdesc><content type="string" default=""/></parameter>
            <parameter name="count" required="1"><shortdesc>How many</shortdesc><content type="integer" default="3"/></parameter>
            <parameter name="loud"><content type="boolean"/></parameter>
            </parameters>
            <actions>
            <action name="start" timeout="40s"/>
            <action name="stop" timeout="1min"/>
            <action name="monitor" role="Promoted" timeout="1" interval="1"/>
            <action name="monitor" depth="0" timeout="15" interval="7s"/>
            <action name="validate-all"/>
            </actions>
            </resource-agent>
            """;

    @Test
    void readsParametersAndTimes() throws Exception {
        MetaData metaData = MetaData.parse("ocf:test:x", TEXT);
        assertThat(metaData.description().summary()).isEqualTo("Does x & y");
        assertThat(metaData.description().parameters())
                .extracting(Parameter::name, Parameter::kind, Parameter::required)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("ip", Parameter.Kind.STRING, true),
                        org.assertj.core.groups.Tuple.tuple("count", Parameter.Kind.INTEGER, false),
                        org.assertj.core.groups.Tuple.tuple("loud", Parameter.Kind.BOOLEAN, false));
        assertThat(metaData.description().parameters().get(1).description()).isEqualTo("How many (default: 3)");
        assertThat(metaData.description().parameters())
                .allMatch(parameter -> parameter.defaultValue().isEmpty());
        assertThat(metaData.description().start()).isEqualTo(Duration.ofSeconds(40));
        assertThat(metaData.description().stop()).isEqualTo(Duration.ofMinutes(1));
        assertThat(metaData.description().monitor()).isEqualTo(Duration.ofSeconds(15));
        assertThat(metaData.description().interval()).isEqualTo(Duration.ofSeconds(7));
        assertThat(metaData.actions()).contains("validate-all");
    }

    @Test
    void aBooleanThatDescribesAThirdValueIsAText() throws Exception {
        String text = """
                <resource-agent name="x"><parameters><parameter name="force">
                <longdesc>How it is done:

                "true"  : at once
                "safe"  : with care
                </longdesc><content type="boolean"/></parameter></parameters></resource-agent>
                """;
        assertThat(MetaData.parse("ocf:test:x", text).description().parameters())
                .extracting(Parameter::kind)
                .containsExactly(Parameter.Kind.STRING);
    }

    @Test
    void readsNothingOutsideTheText() throws Exception {
        String hostile = """
                <!DOCTYPE resource-agent [<!ENTITY secret SYSTEM "file:///etc/passwd">]>
                <resource-agent name="x"><shortdesc>see &secret;</shortdesc></resource-agent>
                """;
        assertThat(MetaData.parse("ocf:test:x", hostile).description().summary())
                .doesNotContain("root:");
    }

    @Test
    void refusesRubbish() {
        assertThatThrownBy(() -> MetaData.parse("ocf:test:x", "hello")).hasMessageContaining("no XML: 'hello'");
        assertThatThrownBy(() -> MetaData.parse("ocf:test:x", "")).hasMessageContaining("(nothing)");
        assertThatThrownBy(() -> MetaData.parse("ocf:test:x", "<?xml version='1.0'?><resource-agent>"))
                .hasMessageContaining("not valid XML");
        assertThatThrownBy(() -> MetaData.parse("ocf:test:x", "<?xml version='1.0'?><html/>"))
                .hasMessageContaining("<html>");
    }

    @Test
    void doesNotUnfoldABomb() throws Exception {
        StringBuilder bomb = new StringBuilder("<!DOCTYPE resource-agent [<!ENTITY a0 \"lol\">");
        for (int level = 1; level < 12; level++) {
            bomb.append("<!ENTITY a")
                    .append(level)
                    .append(" \"")
                    .append(("&a" + (level - 1) + ";").repeat(10))
                    .append("\">");
        }
        bomb.append("]><resource-agent><shortdesc>&a11;</shortdesc></resource-agent>");
        assertThat(MetaData.parse("ocf:test:x", bomb.toString())
                        .description()
                        .summary()
                        .length())
                .isLessThan(100);
    }
}
