package io.holdfast.transport;

import io.holdfast.api.transport.Transport;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A connection that another node made: its hello, then its frames; back go acknowledgements. The wire's thread only. */
final class Inlet {
    private static final Logger log = LoggerFactory.getLogger(Inlet.class);

    /** The largest frame, bytes: a message with its topic, and what JGroups adds to one of its own. */
    static final int MAX_FRAME = Transport.MAX_MESSAGE + (64 << 10);

    /** What is acknowledged at once, bytes: so a slow line that carries something large is seen to carry it. */
    private static final int PROMPT = 256 << 10;

    /** How long a caller may take to say hello, and a refused one to go; milliseconds. */
    private static final int PATIENCE = 3000;

    private final Wire wire;
    private final SocketChannel channel;
    private final ByteBuffer header = ByteBuffer.allocate(4);
    private @Nullable ByteBuffer body;
    private final ByteBuffer acknowledgement =
            ByteBuffer.allocate(1 + Long.BYTES).flip();
    private @Nullable SelectionKey key;
    private @Nullable Hello hello;
    private boolean refused;
    private boolean replaced;
    private long read;
    private long acknowledged;
    private boolean due; // an acknowledgement, at the deadline
    private long deadline = Wire.now() + Wire.nanos(PATIENCE);

    Inlet(Wire wire, SocketChannel channel) {
        this.wire = wire;
        this.channel = channel;
    }

    void register(SelectionKey registered) {
        key = registered;
    }

    @Nullable
    Hello hello() {
        return hello;
    }

    long deadline(long now) {
        return hello == null || due ? deadline : now + Long.MAX_VALUE / 4;
    }

    /** The deadline has come. */
    void late() throws IOException {
        SelectionKey selected = key;
        if (hello == null || selected == null || !selected.isValid()) {
            close(); // no hello in time, or refused and still there
            return;
        }
        due = false;
        acknowledge(selected);
    }

    void ready() throws IOException {
        SelectionKey selected = key;
        if (selected == null || !selected.isValid()) {
            return;
        }
        if (selected.isReadable() && !read()) {
            close();
            return;
        }
        if (acknowledgement.hasRemaining() || read - acknowledged > PROMPT) {
            acknowledge(selected);
        } else if (!due && hello != null && acknowledged < read) {
            due = true;
            deadline = wire.nextTick();
        }
    }

    /** A newer connection takes the place of this one. */
    void replaced() {
        replaced = true;
        close();
    }

    void close() {
        try {
            channel.close();
        } catch (IOException e) {
            log.trace("{}: closing", this, e);
        }
        wire.left(this, replaced ? null : hello);
    }

    /** {@return false at the end of the stream} */
    private boolean read() throws IOException {
        for (int turn = 0; turn < Wire.TURN; ) {
            ByteBuffer scratch = wire.scratch.clear();
            int count = channel.read(scratch);
            if (count <= 0) {
                return count == 0;
            }
            turn += count;
            read += count;
            scratch.flip();
            boolean all = scratch.hasRemaining() && count < scratch.capacity();
            while (scratch.hasRemaining() && !refused && !replaced) {
                take(scratch);
            }
            if (replaced || all) {
                return true;
            }
        }
        return true;
    }

    private void take(ByteBuffer from) throws IOException {
        ByteBuffer frame = body;
        if (frame == null) {
            copy(from, header);
            if (header.hasRemaining()) {
                return;
            }
            int length = header.getInt(0);
            int most = hello == null ? Hello.MAX_SIZE : MAX_FRAME;
            if (length < 0 || length > most) {
                log.warn("{} sends a frame of {} bytes, {} are the most; the connection is closed", this, length, most);
                throw new IOException("frame of " + length + " bytes");
            }
            header.clear();
            frame = ByteBuffer.allocate(length);
            body = frame;
        }
        copy(from, frame);
        if (!frame.hasRemaining()) {
            body = null;
            complete(frame.array());
        }
    }

    private static void copy(ByteBuffer from, ByteBuffer to) {
        int count = Math.min(from.remaining(), to.remaining());
        int limit = from.limit();
        from.limit(from.position() + count);
        to.put(from);
        from.limit(limit);
    }

    private void complete(byte[] frame) throws IOException {
        Hello known = hello;
        if (known != null) {
            wire.listener.received(known, frame);
            return;
        }
        Hello fresh = Hello.decode(frame);
        String reason = wire.listener.admit(fresh);
        if (reason != null) {
            refuse(reason);
            return;
        }
        hello = fresh;
        wire.admitted(this, fresh);
    }

    /** Says why, and leaves it to the caller to hang up: closing with unread bytes would take the reason along. */
    private void refuse(String reason) throws IOException {
        refused = true;
        byte[] text = reason.getBytes(StandardCharsets.UTF_8);
        int length = Math.min(text.length, 1000);
        channel.write(ByteBuffer.allocate(3 + length)
                .put(Link.REFUSED)
                .putShort((short) length)
                .put(text, 0, length)
                .flip());
        deadline = Wire.now() + Wire.nanos(PATIENCE);
    }

    private void acknowledge(SelectionKey selected) throws IOException {
        if (refused || hello == null || !channel.isOpen()) {
            return;
        }
        while (acknowledgement.hasRemaining() || acknowledged < read) {
            if (!acknowledgement.hasRemaining()) {
                acknowledged = read;
                acknowledgement.clear().put(Link.ACKNOWLEDGED).putLong(read).flip();
            }
            if (channel.write(acknowledgement) == 0) {
                selected.interestOps(SelectionKey.OP_READ | SelectionKey.OP_WRITE);
                return;
            }
        }
        selected.interestOps(SelectionKey.OP_READ);
    }

    @Override
    public String toString() {
        Hello known = hello;
        return known == null ? "A caller" : "Caller " + known.node() + " (" + known.lane() + ")";
    }
}
