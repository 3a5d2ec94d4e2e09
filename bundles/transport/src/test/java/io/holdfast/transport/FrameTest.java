package io.holdfast.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class FrameTest {
    @ParameterizedTest
    @EnumSource(Frame.Kind.class)
    void aFrameComesBackAsItWas(Frame.Kind kind) {
        for (int size : new int[] {0, 1, 5000}) {
            byte[] payload = new byte[size];
            new Random(size).nextBytes(payload);
            Frame frame = Frame.decode(new Frame(kind, Long.MIN_VALUE + size, "lease.ä", payload).encode());
            assertThat(frame.kind()).isEqualTo(kind);
            assertThat(frame.id()).isEqualTo(Long.MIN_VALUE + size);
            assertThat(frame.topic()).isEqualTo("lease.ä");
            assertThat(frame.payload()).isEqualTo(payload);
        }
    }

    @Test
    void rubbishIsNoFrame() {
        byte[] good = new Frame(Frame.Kind.MESSAGE, 1, "topic", new byte[0]).encode();
        for (int length = 0; length < good.length; length++) {
            byte[] cut = Arrays.copyOf(good, length);
            assertThatThrownBy(() -> Frame.decode(cut)).isInstanceOf(IllegalArgumentException.class);
        }
        good[0] = 77;
        assertThatThrownBy(() -> Frame.decode(good)).hasMessageContaining("kind 77 is unknown");
        assertThatThrownBy(() -> new Frame(Frame.Kind.MESSAGE, 0, "x".repeat(256), new byte[0]).encode())
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.1.2.3", "::1"})
    void aHelloComesBackAsItWas(String ip) throws Exception {
        Hello hello = new Hello(
                Hello.VERSION,
                "demo",
                "n1",
                42,
                new InetSocketAddress(InetAddress.getByName(ip), 65_000),
                Lane.GROUP,
                "");
        assertThat(Hello.decode(hello.encode())).isEqualTo(hello);
        byte[] bytes = hello.encode();
        for (int length = 0; length < bytes.length; length++) {
            byte[] cut = Arrays.copyOf(bytes, length);
            assertThatThrownBy(() -> Hello.decode(cut)).isInstanceOf(IOException.class);
        }
    }

    @Test
    void aMembersAddressTellsNameAndSocket() throws Exception {
        for (String ip : new String[] {"10.1.2.3", "fe80::1"}) {
            InetSocketAddress socket = new InetSocketAddress(InetAddress.getByName(ip), 7800);
            org.jgroups.Address address = NodeAddress.of("n1", socket);
            assertThat(NodeAddress.node(address)).isEqualTo("n1");
            assertThat(NodeAddress.socket(address)).isEqualTo(socket);
        }
        assertThat(NodeAddress.node(org.jgroups.util.UUID.randomUUID())).isEmpty();
        assertThat(NodeAddress.socket(null)).isNull();
    }

    /** The limits are derived: nothing may be longer than what depends on it allows. */
    @ParameterizedTest
    @ValueSource(longs = {300, 500, 2000, 10_000, 60_000})
    void timesFollowFromTheLease(long lease) {
        Timing timing = Timing.of(Duration.ofMillis(lease));
        assertThat(timing.silence()).isBetween(400, 1500);
        assertThat(timing.connect()).isBetween(150, 1000).isLessThanOrEqualTo(timing.silence());
        assertThat(timing.heartbeat()).isLessThanOrEqualTo(timing.failureDetection() / 2);
        assertThat(timing.mergeMin()).isLessThan(timing.mergeMax());
    }
}
