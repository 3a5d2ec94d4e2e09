package io.holdfast.cifs.internal;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The TCP connections of this node, as the kernel lists them in {@code /proc/net/tcp}. */
final class Connections {
    /** What fits into the note of an instance, with room to spare: 22 characters each. */
    static final int MOST = 600;

    private static final String ESTABLISHED = "01";
    private static final String LISTENING = "0A";

    /** In the IPv6 table, whatever listens on all addresses, IPv4 included. */
    private static final String ANY6 = "0".repeat(32);

    private final Path table;
    private final Path table6;

    /** Of the network that the calling thread is in. */
    Connections() {
        this(Path.of("/proc/thread-self/net"));
    }

    Connections(Path folder) {
        this.table = folder.resolve("tcp");
        this.table6 = folder.resolve("tcp6");
    }

    /** {@return the clients that are connected to the service address, sorted, at most {@link #MOST}} */
    List<String> clients(ServiceAddress address, int port) throws IOException {
        String local = kernelForm(address.bits(), port);
        String itself = kernelForm(address.bits(), 0).substring(0, 9); // our own check comes from the address itself
        return rows(table)
                .filter(row -> row[1].equals(local) && row[3].equals(ESTABLISHED) && !row[2].startsWith(itself))
                .map(row -> readable(row[2]))
                .sorted()
                .limit(MOST)
                .toList();
    }

    /** {@return the local addresses that would keep a server off the service address and the loopback address} */
    List<String> takenBy(ServiceAddress address, int port) throws IOException {
        List<String> ours = new ArrayList<>();
        ours.add(kernelForm(0, port));
        ours.add(kernelForm(address.bits(), port));
        ServiceAddress.parse(address.loopback() + "/8")
                .ifPresent(loopback -> ours.add(kernelForm(loopback.bits(), port)));
        Stream<String> taken = rows(table)
                .filter(row -> ours.contains(row[1]) && row[3].equals(LISTENING))
                .map(row -> readable(row[1]));
        Stream<String> all = rows(table6)
                .filter(row ->
                        row[1].equals(String.format(Locale.ROOT, "%s:%04X", ANY6, port)) && row[3].equals(LISTENING))
                .map(row -> "[::]:" + port);
        return Stream.concat(taken, all).toList();
    }

    /** {@return whether a server listens on the service address} */
    boolean listens(ServiceAddress address, int port) throws IOException {
        String local = kernelForm(address.bits(), port);
        return rows(table).anyMatch(row -> row[1].equals(local) && row[3].equals(LISTENING));
    }

    private static Stream<String[]> rows(Path table) throws IOException {
        if (!Files.exists(table)) {
            return Stream.empty(); // a kernel without IPv6
        }
        return Files.readAllLines(table).stream()
                .skip(1)
                .map(line -> line.strip().split("\\s+"))
                .filter(row -> row.length > 3);
    }

    /** The kernel writes the address in the byte order of the machine, which is little endian wherever we run. */
    private static String kernelForm(int bits, int port) {
        return String.format(Locale.ROOT, "%08X:%04X", Integer.reverseBytes(bits), port);
    }

    private static String readable(String kernelForm) {
        int bits = Integer.reverseBytes(Integer.parseUnsignedInt(kernelForm.substring(0, 8), 16));
        return new ServiceAddress(bits, 32).host() + ":" + Integer.parseInt(kernelForm.substring(9), 16);
    }

    /** {@return the text that is kept in the cluster state} */
    static String note(Collection<String> clients) {
        return clients.stream().limit(MOST).collect(Collectors.joining(" "));
    }

    /** {@return the clients in a note; what cannot be read is left out, because an older version may have written it} */
    static List<InetSocketAddress> clients(String note) {
        return Arrays.stream(note.split(" "))
                .map(Connections::client)
                .flatMap(Optional::stream)
                .toList();
    }

    private static Optional<InetSocketAddress> client(String text) {
        int colon = text.indexOf(':');
        if (colon < 0) {
            return Optional.empty();
        }
        try {
            int port = Integer.parseInt(text.substring(colon + 1));
            return ServiceAddress.parse(text.substring(0, colon) + "/32")
                    .map(address -> new InetSocketAddress(address.inet(), port));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** {@return {@code first} with what only {@code second} has, bounded} */
    static List<String> union(List<String> first, List<String> second) {
        return Stream.concat(first.stream(), second.stream())
                .filter(Objects::nonNull)
                .distinct()
                .limit(MOST)
                .sorted()
                .toList();
    }
}
