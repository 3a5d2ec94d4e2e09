package io.holdfast.membership;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a node tells of itself, as it travels.
 *
 * @param start random for each start of the teller
 * @param seq grows within a start; an older one that comes late is dropped
 * @param values by name, sorted
 */
record Attributes(long start, long seq, Map<String, String> values) {
    private static final byte VERSION = 1;
    /** A node with many agents offers some hundred types; this leaves room for ten times that. */
    private static final int MOST = 10_000;

    private static final int LONGEST = 1 << 20;

    Attributes {
        values = Collections.unmodifiableMap(new TreeMap<>(values));
    }

    /** {@return whether this is newer than {@code other} of the same node} */
    boolean newerThan(Attributes other) {
        return start != other.start || seq > other.seq;
    }

    byte[] encoded() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(1024);
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeByte(VERSION);
            out.writeLong(start);
            out.writeLong(seq);
            out.writeInt(values.size());
            for (Map.Entry<String, String> entry : values.entrySet()) {
                write(out, entry.getKey());
                write(out, entry.getValue());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static void write(DataOutputStream out, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    static Attributes decoded(byte[] bytes) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
        byte version = in.readByte();
        if (version != VERSION) {
            throw new IOException("attributes of version " + version + ", this node knows " + VERSION);
        }
        long start = in.readLong();
        long seq = in.readLong();
        int count = in.readInt();
        if (count < 0 || count > MOST) {
            throw new IOException(count + " attributes");
        }
        Map<String, String> values = new TreeMap<>();
        for (int i = 0; i < count; i++) {
            values.put(read(in), read(in));
        }
        return new Attributes(start, seq, values);
    }

    private static String read(DataInputStream in) throws IOException {
        int length = in.readInt();
        if (length < 0 || length > LONGEST) {
            throw new IOException("text of " + length + " bytes");
        }
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new IOException("cut off");
        }
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
