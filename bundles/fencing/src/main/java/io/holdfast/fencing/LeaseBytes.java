package io.holdfast.fencing;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The fields of lease messages, which are small and many: big-endian numbers, and texts behind their length in two bytes. */
final class LeaseBytes {
    /** Two texts of the longest name, and all numbers. */
    private static final int ENOUGH = 256;

    private LeaseBytes() {}

    /** Puts one field behind the other. */
    static final class Writer {
        private ByteBuffer buffer = ByteBuffer.allocate(ENOUGH);

        void writeByte(int value) {
            room(1).put((byte) value);
        }

        void writeBoolean(boolean value) {
            writeByte(value ? 1 : 0);
        }

        void writeLong(long value) {
            room(Long.BYTES).putLong(value);
        }

        void writeText(String text) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            if (bytes.length > 0xffff) {
                throw new IllegalArgumentException("A text of " + bytes.length + " bytes does not fit");
            }
            room(Short.BYTES + bytes.length).putShort((short) bytes.length).put(bytes);
        }

        private ByteBuffer room(int bytes) {
            if (buffer.remaining() < bytes) {
                buffer = ByteBuffer.allocate(2 * (buffer.capacity() + bytes)).put(buffer.flip());
            }
            return buffer;
        }

        byte[] bytes() {
            return Arrays.copyOf(buffer.array(), buffer.position());
        }
    }

    /** Takes one field after the other. */
    static final class Reader {
        private final ByteBuffer buffer;

        Reader(byte[] bytes) {
            buffer = ByteBuffer.wrap(bytes);
        }

        byte readByte() throws IOException {
            need(1);
            return buffer.get();
        }

        boolean readBoolean() throws IOException {
            return readByte() != 0;
        }

        long readLong() throws IOException {
            need(Long.BYTES);
            return buffer.getLong();
        }

        String readText() throws IOException {
            need(Short.BYTES);
            int length = Short.toUnsignedInt(buffer.getShort());
            need(length);
            String text = new String(buffer.array(), buffer.position(), length, StandardCharsets.UTF_8);
            buffer.position(buffer.position() + length);
            return text;
        }

        private void need(int bytes) throws IOException {
            if (buffer.remaining() < bytes) {
                throw new EOFException("the message ends after " + buffer.limit() + " bytes");
            }
        }
    }
}
