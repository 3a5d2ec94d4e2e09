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
import java.util.List;
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
                .allMatch(line -> line.startsWith("line ") || line.startsWith("option start-failure-is-fatal"))
                .anyMatch(line -> line.contains("target-role=Stopped") && line.contains("ha stop report"))
                .anyMatch(line -> line.contains("no-quorum-policy=freeze"))
                .noneMatch(line -> line.contains("c1"));
    }

    /** Our reader refuses what contradicts itself; Pacemaker takes it. */
    @Test
    void leavesOutWhatOurReaderWouldRefuse() throws Exception {
        String cib = """
                <cib><configuration><nodes><node id="1" uname="n1"/></nodes><resources>
                <primitive id="a" class="ocf" provider="heartbeat" type="Dummy"><operations>
                <op id="o1" name="monitor" interval="5s" on-fail="demote"/><op id="o2" name="stop" interval="0" on-fail="stop"/>
                </operations></primitive>
                <primitive id="b" class="ocf" provider="heartbeat" type="Dummy"/>
                <clone id="cs"><meta_attributes id="m"><nvpair id="m1" name="clone-max" value="2"/>
                <nvpair id="m2" name="clone-min" value="3"/></meta_attributes>
                <primitive id="c" class="ocf" provider="heartbeat" type="Dummy"/></clone>
                <clone id="ds"><meta_attributes id="d"><nvpair id="d1" name="clone-max" value="2"/>
                <nvpair id="d2" name="promotable" value="true"/><nvpair id="d3" name="promoted-max" value="3"/>
                <nvpair id="d4" name="promoted-node-max" value="2"/></meta_attributes>
                <primitive id="e" class="ocf" provider="heartbeat" type="Dummy"><operations>
                <op id="o3" name="promote" interval="0" on-fail="demote"/></operations></primitive></clone>
                </resources><constraints>
                <rsc_colocation id="k1" rsc="a" with-rsc="b" score="INFINITY"/>
                <rsc_colocation id="k2" rsc="a" with-rsc="b" score="-INFINITY"/>
                <rsc_colocation id="k3" rsc="b" with-rsc="cs" with-rsc-role="Promoted" score="INFINITY"/>
                <rsc_location id="l1" rsc="b" node="n1" score="INFINITY"/>
                <rsc_location id="l2" rsc="b" node="n1" score="-INFINITY"/>
                <rsc_order id="r1" first="a" then="b"/>
                </constraints></configuration><status/></cib>
                """;
        Converted told = new CibFiles(() -> Instant.EPOCH).convert(cib);
        Configuration configuration = parsed(told);
        assertThat(configuration.constraints())
                .containsExactlyInAnyOrder(
                        new Constraint.Together("a", "b", Constraint.INFINITY),
                        new Constraint.Prefer("b", "n1", "", Constraint.INFINITY),
                        new Constraint.Order("a", "b", true));
        assertThat(configuration.clones().get("cs").atLeast()).isZero();
        assertThat(configuration.clones().get("ds").promoted()).isEqualTo(2);
        assertThat(configuration.clones().get("ds").promotedPerNode()).isEqualTo(1);
        assertThat(told.left())
                .containsExactlyInAnyOrder(
                        "line 3: resource a: on-fail=demote, which means nothing there, of its monitor",
                        "line 3: resource a: on-fail=stop, which means nothing there, of its stop",
                        "line 7: clone cs: clone-min=3, and there are never so many; what comes after it would never start",
                        "line 16: colocation k2: 'a' must be with 'b', and apart from it",
                        "line 17: colocation k3: 'cs' is never promoted",
                        "line 19: location l2: 'b' must be on node n1 and must not be there",
                        "option start-failure-is-fatal=true, which holds unless the CIB says false: a failed start counts as one"
                                + " failure here, so a node is forbidden only at the migration-threshold");
    }

    @Test
    void saysThatAFailedStartForbidsNoNode() {
        assertThat(startFailures(""))
                .singleElement()
                .asString()
                .startsWith("option start-failure-is-fatal=true, which");
        assertThat(startFailures("true"))
                .singleElement()
                .asString()
                .startsWith("line 2: option start-failure-is-fatal=true: a failed start counts");
        assertThat(startFailures("false")).isEmpty();
    }

    private static List<String> startFailures(String value) {
        String option = value.isEmpty()
                ? ""
                : "<cluster_property_set id='p'>\n<nvpair id='f' name='start-failure-is-fatal' value='" + value
                        + "'/></cluster_property_set>";
        return new CibFiles(() -> Instant.EPOCH)
                .convert("<cib><configuration><crm_config>" + option + "</crm_config><nodes/><resources>"
                        + "<primitive id='a' class='ocf' provider='heartbeat' type='Dummy'/></resources><constraints/>"
                        + "</configuration><status/></cib>")
                .left();
    }

    private Configuration parsed() {
        return parsed(converted);
    }

    private static Configuration parsed(Converted converted) {
        Parsed parsed = ConfigParser.parse(converted.document(), "shop.yaml", TypeLookup.trusting(), Purpose.PLAN);
        assertThat(parsed).as(converted.document()).isInstanceOf(Parsed.Sound.class);
        return ((Parsed.Sound) parsed).configuration();
    }
}
