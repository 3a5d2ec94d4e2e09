package io.holdfast.cifs.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConnectionsTest {
    private static final ServiceAddress ADDRESS =
            ServiceAddress.parse("10.77.0.100/24").orElseThrow();

    @TempDir
    Path folder;

    @Test
    void readsTheKernelsTable() throws Exception {
        Files.writeString(folder.resolve("tcp"), """
                  sl  local_address rem_address   st tx_queue rx_queue
                   0: 64004D0A:01BD 00000000:0000 0A 00000000:00000000
                   1: 64004D0A:01BD C8004D0A:D431 01 00000000:00000000
                   2: 64004D0A:01BD 64004D0A:D432 01 00000000:00000000
                   3: 64004D0A:01BD C9004D0A:D433 06 00000000:00000000
                   4: 64004D0A:01BE C9004D0A:D434 01 00000000:00000000
                """);
        Connections connections = new Connections(folder);
        assertThat(connections.clients(ADDRESS, 445)).containsExactly("10.77.0.200:54321");
        assertThat(connections.listens(ADDRESS, 445)).isTrue();
        assertThat(connections.listens(ADDRESS, 446)).isFalse();
        assertThat(connections.takenBy(ADDRESS, 445)).containsExactly("10.77.0.100:445");
        assertThat(connections.takenBy(ADDRESS, 446)).isEmpty();
    }

    @Test
    void readsItsOwnNotesAndNoOthers() {
        assertThat(Connections.clients(Connections.note(List.of("10.0.0.1:1", "10.0.0.2:65535"))))
                .containsExactly(new InetSocketAddress("10.0.0.1", 1), new InetSocketAddress("10.0.0.2", 65535));
        assertThat(Connections.clients("")).isEmpty();
        assertThat(Connections.clients("x 10.0.0.1 10.0.0.1:x 10.0.0.1:99999 host:5"))
                .isEmpty();
    }

    @Test
    void keepsItsNoteShort() {
        List<String> many = java.util.stream.IntStream.range(0, 5000)
                .mapToObj(index -> "100.100.100.100:" + (10_000 + index))
                .toList();
        assertThat(Connections.note(many).length()).isLessThan(16_000);
    }

    @Test
    void ticklesWithAPacketThatAddsUp() {
        byte[] packet = Tickle.packet(ADDRESS, 445, new InetSocketAddress("10.77.0.200", 54321));
        ByteBuffer tcp = ByteBuffer.wrap(packet, 20, 20);
        int sum = ((10 << 8) | 77) + 100 + ((10 << 8) | 77) + 200 + 6 + 20;
        while (tcp.hasRemaining()) {
            sum += tcp.getShort() & 0xffff;
        }
        sum = (sum & 0xffff) + (sum >>> 16);
        assertThat((sum & 0xffff) + (sum >>> 16)).isEqualTo(0xffff);
        assertThat(ByteBuffer.wrap(packet).getShort(20)).isEqualTo((short) 445);
    }
}
