package io.holdfast.ledger;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.UUID;

/** What stands in a log entry: a command with the number that makes it happen once, or a note of the ledger itself. */
sealed interface Envelope {
    /** The newest format that this version can read. */
    int FORMAT = 1;

    /**
     * A command.
     *
     * @param session random for each start of a ledger
     * @param seq grows within the session
     * @param low what is smaller the session no longer waits for: it may not happen any more
     * @param entry the encoded entry
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared, and nobody changes it
    record Ordered(UUID session, long seq, long low, byte[] entry) implements Envelope {}

    /** The leader saw that this voter has stored something: if it comes back empty, it was wiped. */
    record Seated(String node) implements Envelope {}

    static byte[] encode(Envelope envelope) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeByte(FORMAT);
            if (envelope instanceof Ordered ordered) {
                out.writeByte(1);
                out.writeLong(ordered.session.getMostSignificantBits());
                out.writeLong(ordered.session.getLeastSignificantBits());
                out.writeLong(ordered.seq);
                out.writeLong(ordered.low);
                out.write(ordered.entry);
            } else if (envelope instanceof Seated seated) {
                out.writeByte(2);
                out.writeUTF(seated.node);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    static Envelope decode(byte[] bytes) throws NewerFormat {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            int format = in.readUnsignedByte();
            if (format > FORMAT) {
                throw new NewerFormat("an entry has format " + format + ", and this version reads up to " + FORMAT);
            }
            int kind = in.readUnsignedByte();
            return switch (kind) {
                case 1 ->
                    new Ordered(
                            new UUID(in.readLong(), in.readLong()), in.readLong(), in.readLong(), in.readAllBytes());
                case 2 -> new Seated(in.readUTF());
                default -> throw new NewerFormat("an entry is of the unknown kind " + kind);
            };
        } catch (IOException e) {
            throw new IllegalStateException("an entry of the log is too short", e);
        }
    }
}
