package io.holdfast.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;

class RefusalsTest {
    private static final InetSocketAddress A = new InetSocketAddress("10.0.0.1", 7800);
    private static final InetSocketAddress B = new InetSocketAddress("10.0.0.2", 7800);

    private final Refusals refusals = new Refusals(100);

    @Test
    void namesTheNodeOrElseTheAddress() {
        assertThat(refusals.refused("n1", A, "why", 0)).isTrue();
        assertThat(refusals.refused("", B, "why not", 0)).isTrue();
        assertThat(refusals.standing(50)).containsEntry("n1", "why").containsEntry("10.0.0.2:7800", "why not");
    }

    @Test
    void forgetsWhoAdmitsAndWhoSaysItNoMore() {
        refusals.refused("n1", A, "why", 0);
        refusals.refused("n2", B, "why", 0);
        assertThat(refusals.refused("n2", B, "why", 80)).as("no news").isFalse();
        refusals.admitted(A);
        assertThat(refusals.standing(90)).containsOnlyKeys("n2");
        assertThat(refusals.standing(181)).isEmpty();
    }
}
