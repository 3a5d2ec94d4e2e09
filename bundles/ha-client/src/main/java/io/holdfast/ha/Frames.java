package io.holdfast.ha;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** What goes over the socket: a type, a length, and so many bytes. The README has the table. */
final class Frames {
    /** The largest frame, bytes: a cluster document of that size has some 20,000 resources. */
    static final int MAX = 8 << 20;

    static final int VERSION = 1;

    static final byte REQUEST = 'Q';
    static final byte SIGN = 'S';
    static final byte OUT = 'O';
    static final byte ERR = 'E';
    static final byte FILE = 'F';
    static final byte PART = 'G';
    static final byte CONTENT = 'C';
    static final byte NO_FILE = 'N';
    static final byte EXIT = 'X';

    /** One frame. */
    static final class Frame {
        private final byte type;
        private final byte[] bytes;

        Frame(byte type, byte[] bytes) {
            this.type = type;
            this.bytes = bytes;
        }

        byte type() {
            return type;
        }

        byte[] bytes() {
            return bytes;
        }
    }

    private final SocketChannel channel;

    Frames(SocketChannel channel) {
        this.channel = channel;
    }

    Frame read() throws IOException {
        ByteBuffer header = fill(ByteBuffer.allocate(5));
        byte type = header.get();
        int length = header.getInt();
        if (length < 0 || length > MAX) {
            throw new IOException("a frame of " + length + " bytes");
        }
        return new Frame(type, fill(ByteBuffer.allocate(length)).array());
    }

    private ByteBuffer fill(ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            if (channel.read(buffer) < 0) {
                throw new EOFException("the other side hung up");
            }
        }
        return buffer.flip();
    }

    void write(byte type, byte[] bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(5 + bytes.length)
                .put(type)
                .putInt(bytes.length)
                .put(bytes)
                .flip();
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }

    /** {@return version, whether the output is a terminal, its columns, and the words} */
    static byte[] request(List<String> words, boolean terminal, int columns) {
        int size = 10;
        byte[][] encoded = new byte[words.size()][];
        for (int i = 0; i < encoded.length; i++) {
            encoded[i] = words.get(i).getBytes(StandardCharsets.UTF_8);
            size += 4 + encoded[i].length;
        }
        ByteBuffer buffer = ByteBuffer.allocate(size)
                .put((byte) VERSION)
                .put((byte) (terminal ? 1 : 0))
                .putInt(columns)
                .putInt(encoded.length);
        for (byte[] word : encoded) {
            buffer.putInt(word.length).put(word);
        }
        return buffer.array();
    }
}
