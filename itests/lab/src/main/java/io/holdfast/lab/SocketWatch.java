package io.holdfast.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Looks each 20 ms which nodes have a socket on the service's address and port, listening or connected to a client; those of two nodes at
 * once are a breach. What ARP tells of machines, this tells of nodes that share one.
 */
final class SocketWatch implements Runnable {
    private static final int INTERVAL_MS = 20;

    private static final Set<String> SERVING = Set.of("01", "0A"); // established, listening

    private final String local;
    private final Consumer<String> lines;
    private final Map<String, String> owners = new HashMap<>();
    private String last = "";

    /** @param place {@code ADDRESS:PORT}, IPv4 */
    SocketWatch(String place, Consumer<String> lines) {
        String[] parts = place.split("[.:]");
        // the kernel writes addresses in the byte order of the machine
        this.local = String.format(
                Locale.ROOT,
                "%02X%02X%02X%02X:%04X",
                Integer.parseInt(parts[3]),
                Integer.parseInt(parts[2]),
                Integer.parseInt(parts[1]),
                Integer.parseInt(parts[0]),
                Integer.parseInt(parts[4]));
        this.lines = lines;
    }

    @Override
    public void run() {
        while (true) {
            try {
                look();
            } catch (IOException e) {
                lines.accept("twice " + Probe.nowMs() + " the kernel's table of connections cannot be read: " + e);
            }
            Waiting.pause(java.time.Duration.ofMillis(INTERVAL_MS));
        }
    }

    private void look() throws IOException {
        Set<String> sockets = sockets();
        owners.keySet().retainAll(sockets);
        if (!owners.keySet().containsAll(sockets)) {
            findOwners(sockets);
            sockets.retainAll(sockets()); // finding them took a while: only who is there still counts
        }
        Set<String> nodes = sockets.stream()
                .filter(owners::containsKey)
                .map(owners::get)
                .collect(Collectors.toCollection(TreeSet::new));
        String now = String.join(" and ", nodes);
        if (!now.equals(last)) {
            last = now;
            lines.accept((nodes.size() > 1 ? "twice " : "has ") + Probe.nowMs() + " " + now
                    + " have sockets of the service");
        }
    }

    /** {@return the inodes of the sockets that serve} */
    private Set<String> sockets() throws IOException {
        try (Stream<String> rows = Files.lines(Path.of("/proc/net/tcp"))) {
            return rows.map(row -> row.strip().split("\\s+"))
                    .filter(row -> row.length > 9 && row[1].equals(local) && SERVING.contains(row[3]))
                    .map(row -> row[9])
                    .filter(inode -> !inode.equals("0")) // not accepted yet
                    .collect(Collectors.toSet());
        }
    }

    private void findOwners(Set<String> sockets) {
        for (ProcessHandle process : ProcessHandle.allProcesses().toList()) {
            for (String link : links(process.pid())) {
                String inode = link.startsWith("socket:[") ? link.substring(8, link.length() - 1) : "";
                if (sockets.contains(inode)) {
                    owners.putIfAbsent(inode, ProcessTable.owner(process.pid()));
                }
            }
        }
    }

    private static List<String> links(long pid) {
        try (Stream<Path> files = Files.list(Path.of("/proc/" + pid + "/fd"))) {
            return files.map(SocketWatch::target).toList();
        } catch (IOException e) {
            return List.of(); // ended, or somebody else's
        }
    }

    private static String target(Path link) {
        try {
            return Files.readSymbolicLink(link).toString();
        } catch (IOException e) {
            return "";
        }
    }
}
