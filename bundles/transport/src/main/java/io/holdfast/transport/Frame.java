package io.holdfast.transport;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * A message between two nodes: what it is, which request it belongs to, its topic and its payload.
 *
 * @param kind what it is
 * @param id the request's number, made by who asked; 0 for a plain message
 * @param topic where it goes; empty for an answer
 * @param payload the content, or the message of a failure
 */
@SuppressWarnings("ArrayRecordComponent") // never compared, and copied where it comes in
record Frame(Kind kind, long id, String topic, byte[] payload) {

    /** The kinds; the codes are part of the protocol. */
    enum Kind {
        MESSAGE(0),
        REQUEST(1),
        ANSWER(2),
        FAILURE(3);

        private final byte code;

        Kind(int code) {
            this.code = (byte) code;
        }

        static Kind of(byte code) {
            for (Kind kind : values()) {
                if (kind.code == code) {
                    return kind;
                }
            }
            throw new IllegalArgumentException("malformed message: kind " + code + " is unknown");
        }
    }

    /** The longest topic, bytes. */
    static final int MAX_TOPIC = 255;

    byte[] encode() {
        byte[] name = topic.getBytes(StandardCharsets.UTF_8);
        if (name.length > MAX_TOPIC) {
            throw new IllegalArgumentException("topic of " + name.length + " bytes; " + MAX_TOPIC + " are the most");
        }
        return ByteBuffer.allocate(10 + name.length + payload.length)
                .put(kind.code)
                .putLong(id)
                .put((byte) name.length)
                .put(name)
                .put(payload)
                .array();
    }

    /** {@return the message} It throws {@link IllegalArgumentException} when the bytes are none. */
    static Frame decode(byte[] bytes) {
        if (bytes.length < 10) {
            throw new IllegalArgumentException("malformed message of " + bytes.length + " bytes");
        }
        ByteBuffer in = ByteBuffer.wrap(bytes);
        Kind kind = Kind.of(in.get());
        long id = in.getLong();
        int length = in.get() & 0xff;
        if (length > in.remaining()) {
            throw new IllegalArgumentException("malformed message: its topic is longer than itself");
        }
        String topic = new String(bytes, in.position(), length, StandardCharsets.UTF_8);
        byte[] payload = new byte[in.remaining() - length];
        System.arraycopy(bytes, in.position() + length, payload, 0, payload.length);
        return new Frame(kind, id, topic, payload);
    }
}
