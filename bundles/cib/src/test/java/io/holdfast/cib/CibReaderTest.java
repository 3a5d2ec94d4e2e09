package io.holdfast.cib;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.planner.cluster.Cluster;
import io.holdfast.planner.cluster.Resource;
import io.holdfast.planner.engine.Engine;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class CibReaderTest {
    static String example(String name) throws IOException {
        try (var stream = CibReaderTest.class.getResourceAsStream("/" + name)) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static Cluster read(String configuration) throws CibException {
        return CibReader.read("<cib><configuration>" + configuration + "</configuration></cib>", 0);
    }

    @Test
    void followsNothingOutOfTheText() {
        String evil = "<!DOCTYPE cib [<!ENTITY x SYSTEM \"file:///etc/hostname\">]><cib>&x;</cib>";
        assertThatThrownBy(() -> CibReader.read(evil, 0))
                .isInstanceOf(CibException.class)
                .hasMessageContaining("line 1");
    }

    @Test
    void saysWhereItIsBroken() {
        assertThatThrownBy(() -> CibReader.read("<cib>\n<configuration>\n</cib>", 0))
                .hasMessageContaining("line 3");
        assertThatThrownBy(() -> CibReader.read("<html/>", 0)).hasMessageContaining("<html>");
    }

    @Test
    void knowsOlderNames() throws CibException {
        Cluster cluster = read("<crm_config><cluster_property_set id='c'>"
                + "<nvpair id='a' name='stonith-enabled' value='false'/>"
                + "<nvpair id='b' name='no_quorum_policy' value='freeze'/></cluster_property_set></crm_config>");
        assertThat(cluster.settings().flag("fencing-enabled", true)).isFalse();
        assertThat(cluster.settings().text("no-quorum-policy", "")).isEqualTo("freeze");
    }

    @Test
    void fillsInTemplatesParentsAndDefaults() throws CibException {
        Cluster cluster = read("<resources>"
                + "<template id='t' class='ocf' provider='p' type='T'><operations>"
                + "<op id='o' name='monitor' interval='10s'/></operations></template>"
                + "<group id='g'><meta_attributes id='m'><nvpair id='n' name='priority' value='5'/></meta_attributes>"
                + "<primitive id='r' template='t'/></group></resources>"
                + "<rsc_defaults><meta_attributes id='d'><nvpair id='e' name='migration-threshold' value='3'/>"
                + "<nvpair id='f' name='priority' value='1'/></meta_attributes></rsc_defaults>");
        Resource resource = cluster.resources().get(0).members().get(0);
        assertThat(resource.agent().type()).isEqualTo("T");
        assertThat(resource.meta()).containsEntry("priority", "5").containsEntry("migration-threshold", "3");
        assertThat(resource.operations())
                .extracting(Resource.Operation::intervalMillis)
                .containsExactly(10_000L);
    }

    @Test
    void readsTimesAsPeopleWriteThem() {
        assertThat(Dates.seconds("1970-001")).hasValue(0);
        assertThat(Dates.seconds("1970-01-02")).hasValue(86_400);
        assertThat(Dates.seconds("1970-01-01 01:00:00Z")).hasValue(3600);
        assertThat(Dates.seconds("1970-01-01T01:00:00+01:00")).hasValue(0);
        assertThat(Dates.seconds("yesterday")).isEmpty();
    }

    @Test
    void planComesOutAsJson() throws Exception {
        String json = OutcomeJson.write(Engine.plan(CibReader.read(example("shop.xml"), 1_700_000_000L)));
        assertThat(json)
                .contains("\"shop-ip\": {\"south\": \"Started\"}")
                .contains("\"fenced\": [\"north\"]")
                .contains("[\"fence\", \"north\", \"north\"]");
        assertThat(List.of(json.split("\n"))).hasSizeGreaterThan(3);
    }
}
