package io.holdfast.cifs.internal;

import io.holdfast.api.resource.Command;
import java.net.InetAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The IPv4 address that moves with the share. */
record ServiceAddress(int bits, int prefixLength) {
    /** Stands where none could be read. */
    static final ServiceAddress NONE = new ServiceAddress(0, 32);

    private static final Pattern CIDR = Pattern.compile("(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})/(\\d{1,2})");

    /**
     * Takes the address off whichever interface has it, and proves it: status 0 only if {@code ip} worked and says that it is gone.
     * So it may be run any number of times, by the type's stop and by the guard.
     */
    private static final String REMOVE = """
            found=$(ip -o -4 addr show to "$1/32") || exit 1
            [ -z "$found" ] && exit 0
            echo "$found" | while read -r _ interface _ address _; do ip -4 addr del "$address" dev "$interface"; done
            found=$(ip -o -4 addr show to "$1/32") && [ -z "$found" ]
            """;

    static Optional<ServiceAddress> parse(String cidr) {
        Matcher matcher = CIDR.matcher(cidr);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        int bits = 0;
        for (int part = 1; part <= 4; part++) {
            int octet = Integer.parseInt(matcher.group(part));
            if (octet > 255) {
                return Optional.empty();
            }
            bits = (bits << 8) | octet;
        }
        int length = Integer.parseInt(matcher.group(5));
        int first = bits >>> 24;
        boolean usable = first > 0 && first < 224 && length > 0 && length <= 32;
        return usable ? Optional.of(new ServiceAddress(bits, length)) : Optional.empty();
    }

    /** {@return the address without prefix length} */
    String host() {
        return dotted(bits);
    }

    /** {@return the address with prefix length} */
    String cidr() {
        return host() + "/" + prefixLength;
    }

    /**
     * {@return the loopback address of the server: the service address with 127 in front, so that two shares on one node do not both
     * want 127.0.0.1}
     */
    String loopback() {
        return dotted((127 << 24) | (bits & 0xffffff));
    }

    private static String dotted(int bits) {
        return (bits >>> 24) + "." + (bits >>> 16 & 255) + "." + (bits >>> 8 & 255) + "." + (bits & 255);
    }

    InetAddress inet() {
        try {
            return InetAddress.getByName(host());
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e); // a literal is not looked up
        }
    }

    /**
     * {@return whether it is put on an interface and taken off again; an address of 127.0.0.0/8 every node of the machine has anyway, and
     * it is the server's listening that moves}
     */
    boolean moves() {
        return bits >>> 24 != 127;
    }

    /** {@return the command that takes the address off this node} */
    Command removal() {
        return Command.of("sh", "-c", REMOVE, "remove-address", host());
    }

    /** {@return whether this node has the address now} */
    boolean isUp() {
        if (!moves()) {
            return true;
        }
        try {
            return NetworkInterface.getByInetAddress(inet()) != null;
        } catch (SocketException e) {
            return false;
        }
    }

    /** {@return the interface that has it, or else the first one that is up with another address in the same prefix} */
    Optional<String> findInterface() {
        try {
            NetworkInterface holder = NetworkInterface.getByInetAddress(inet());
            if (holder != null) {
                return Optional.of(holder.getName());
            }
            return NetworkInterface.networkInterfaces()
                    .filter(candidate ->
                            candidate.getInterfaceAddresses().stream().anyMatch(this::sharesPrefix))
                    .map(NetworkInterface::getName)
                    .sorted()
                    .findFirst();
        } catch (SocketException e) {
            return Optional.empty();
        }
    }

    /** {@return the names of all interfaces, for people} */
    static List<String> interfaces() {
        try {
            return NetworkInterface.networkInterfaces()
                    .map(NetworkInterface::getName)
                    .sorted()
                    .toList();
        } catch (SocketException e) {
            return List.of();
        }
    }

    private boolean sharesPrefix(InterfaceAddress candidate) {
        byte[] octets = candidate.getAddress().getAddress();
        if (octets.length != 4) {
            return false;
        }
        int other = ByteBuffer.wrap(octets).getInt();
        int mask = -1 << (32 - prefixLength);
        return (other & mask) == (bits & mask) && other != bits;
    }
}
