package io.holdfast.shell.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ClausesTest {
    @Test
    void readsNamesAttributesAndDirectivesWithCommasInQuotes() {
        assertThat(Clauses.parse("a.b; c.d;version=\"[1.0,2)\";resolution:=optional , osgi.ee;"
                        + "filter:=\"(&(osgi.ee=JavaSE)(version=17))\";list:List<String>=\"x,y\",plain"))
                .containsExactly(
                        new Clauses(
                                List.of("a.b", "c.d"), Map.of("version", "[1.0,2)"), Map.of("resolution", "optional")),
                        new Clauses(
                                List.of("osgi.ee"),
                                Map.of("list", "x,y"),
                                Map.of("filter", "(&(osgi.ee=JavaSE)(version=17))")),
                        new Clauses(List.of("plain"), Map.of(), Map.of()));
    }
}
