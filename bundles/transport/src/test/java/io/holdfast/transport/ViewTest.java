package io.holdfast.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.api.transport.View;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ViewTest {
    private final Net net = new Net(Duration.ofMillis(500), "n1", "n2", "n3");

    @AfterEach
    void closeAll() throws Exception {
        net.close();
    }

    @Test
    void aLostNodeIsChangingFirstAndThenNotInTheViewAnyMore() throws Exception {
        JGroupsTransport n1 = net.start("n1");
        JGroupsTransport n2 = net.start("n2");
        JGroupsTransport n3 = net.start("n3");
        for (JGroupsTransport each : List.of(n1, n2, n3)) {
            Net.awaitNodes(each, "n1", "n2", "n3");
        }
        long start = System.nanoTime();
        n3.vanish();
        View changing = Net.await(n1, view -> view.phase() == View.Phase.CHANGING);
        assertThat(changing.nodes()).containsExactly("n1", "n2", "n3");
        assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start)).isLessThan(500);
        View without = Net.awaitNodes(n1, "n1", "n2");
        assertThat(without.number()).isGreaterThan(changing.number());
        Net.awaitNodes(n2, "n1", "n2");
        n3.close();
        JGroupsTransport again = net.start("n3");
        Net.awaitNodes(again, "n1", "n2", "n3");
        Net.awaitNodes(n1, "n1", "n2", "n3");
    }

    @Test
    void thoseThatStartTogetherFindEachOther() throws Exception {
        List<JGroupsTransport> all = new ArrayList<>();
        for (String node : List.of("n1", "n2", "n3")) {
            all.add(net.start(node));
        }
        long start = System.nanoTime();
        for (JGroupsTransport each : all) {
            Net.awaitNodes(each, "n1", "n2", "n3");
        }
        assertThat(TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start)).isLessThan(10);
    }

    /** Whoever of them is the first to decide: also one that the settings of the others do not name. */
    @RepeatedTest(4)
    void whoIsNoVoterFindsTheOthersThroughAVoter() throws Exception {
        List<JGroupsTransport> all = new ArrayList<>();
        for (String node : List.of("n4", "n1", "n5", "n6")) {
            all.add(net.start(node));
        }
        for (JGroupsTransport each : all) {
            Net.awaitNodes(each, "n1", "n4", "n5", "n6");
        }
    }

    @Test
    void onlyTwoPortsListenAndOnlyOnTheAddressGiven() throws Exception {
        Set<String> before = sockets();
        JGroupsTransport n1 = net.start("n1");
        Net.awaitNodes(n1, "n1");
        Set<String> opened = sockets();
        opened.removeAll(before);
        byte[] ip = InetAddress.getByName(net.address("n1")).getAddress();
        String hex = HexFormat.of().withUpperCase().formatHex(new byte[] {ip[3], ip[2], ip[1], ip[0]});
        assertThat(opened)
                .isNotEmpty()
                .allMatch(socket -> socket.contains(hex + ":1E78") // 7800
                        || socket.contains(hex + ":1E79"));
    }

    /** {@return protocol, local address and port of what this process listens on, as the kernel writes them} */
    private static Set<String> sockets() throws Exception {
        Set<String> inodes = new TreeSet<>();
        try (var descriptors = Files.list(Path.of("/proc/self/fd"))) {
            for (Path descriptor : descriptors.toList()) {
                String target = Files.isSymbolicLink(descriptor)
                        ? Files.readSymbolicLink(descriptor).toString()
                        : "";
                if (target.startsWith("socket:[")) {
                    inodes.add(target.substring(8, target.length() - 1));
                }
            }
        }
        Set<String> found = new TreeSet<>();
        for (String protocol : List.of("tcp", "tcp6", "udp", "udp6")) {
            Path table = Path.of("/proc/self/net/" + protocol);
            if (Files.exists(table)) {
                for (String line : Files.readAllLines(table)) {
                    String[] words = line.trim().split("\\s+");
                    boolean listens = protocol.startsWith("udp") || words[3].equals("0A");
                    if (words.length > 9 && inodes.contains(words[9]) && listens) {
                        found.add(protocol + " " + words[1]);
                    }
                }
            }
        }
        return found;
    }
}
