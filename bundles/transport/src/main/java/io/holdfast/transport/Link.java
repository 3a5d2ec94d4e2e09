package io.holdfast.transport;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way of one lane to one node: a bounded queue and, while there is something to send, a connection.
 *
 * <p>A connection that fails takes what was under way and what waits with it: the next message connects anew, and is fresh.
 */
final class Link {
    private static final Logger log = LoggerFactory.getLogger(Link.class);

    /** From the acceptor: eight bytes follow, how much of the stream it has read. */
    static final byte ACKNOWLEDGED = 'A';

    /** From the acceptor: two bytes of length and the reason follow. */
    static final byte REFUSED = 'R';

    /** Between two attempts, milliseconds: short, for who was just restarted is back soon. */
    private static final int PAUSE = 30;

    /** After a refusal, milliseconds: it takes a person to change it. */
    private static final int PAUSE_REFUSED = 2000;

    private final Wire wire;
    private final String node;
    private final InetSocketAddress address;
    private final Lane lane;

    // Guarded by "queue": filled by any thread, emptied by the wire's
    private final Deque<byte[]> queue = new ArrayDeque<>();
    private int queuedBytes;
    private boolean pulling;
    private boolean dropping;

    // The wire's thread only
    private final Deque<ByteBuffer> sending = new ArrayDeque<>();
    private final ByteBuffer answers = ByteBuffer.allocate(2048);
    private @Nullable SocketChannel channel;
    private @Nullable SelectionKey key;
    private boolean connected;
    private long sent;
    private long acknowledged;
    private long since; // of connecting, or of the last progress while something is not acknowledged
    private long retryAt;

    Link(Wire wire, String node, InetSocketAddress address, Lane lane) {
        this.wire = wire;
        this.node = node;
        this.address = address;
        this.lane = lane;
        retryAt = Wire.now();
    }

    /** {@return whether the wire must be told} Any thread. */
    boolean offer(byte[] frame) {
        synchronized (queue) {
            while (queuedBytes + frame.length > lane.bound) {
                if (!dropping) {
                    dropping = true;
                    log.warn("{} takes nothing at present; messages to it are dropped", this);
                }
                if (!lane.dropOldest || queue.isEmpty()) {
                    return false;
                }
                queuedBytes -= queue.remove().length;
            }
            queue.add(frame);
            queuedBytes += frame.length;
            if (pulling) {
                return false;
            }
            pulling = true;
            return true;
        }
    }

    /** Something waits: connects, or writes. */
    void pull() {
        synchronized (queue) {
            pulling = false;
        }
        if (channel == null) {
            if (retryAt - Wire.now() <= 0) {
                connect();
            }
        } else if (connected) {
            try {
                write();
            } catch (IOException e) {
                log.debug("{}: {}", this, e.toString());
                failed();
            }
        }
    }

    /** {@return when {@link #late} is due} */
    long deadline(long now) {
        if (channel == null) {
            return waiting() ? retryAt : now + Long.MAX_VALUE / 4;
        }
        if (!connected) {
            return since + Wire.nanos(wire.timing.connect());
        }
        return sent > acknowledged ? since + Wire.nanos(wire.timing.silence()) : now + Long.MAX_VALUE / 4;
    }

    void late(long now) {
        if (channel == null) {
            if (waiting()) {
                connect();
            }
            return;
        }
        log.debug(
                "{}: {} for {} ms, the connection is dropped",
                this,
                connected ? "nothing came back" : "not connected",
                (now - since) / 1_000_000);
        failed();
    }

    void ready() throws IOException {
        SelectionKey selected = key;
        if (selected == null || !selected.isValid()) {
            return;
        }
        if (selected.isConnectable()) {
            if (channel != null && channel.finishConnect()) {
                began();
            }
        }
        if (selected.isValid() && selected.isReadable()) {
            read();
        }
        if (selected.isValid() && connected && selected.isWritable()) {
            write();
        }
    }

    /** Drops the connection and what it would have carried. */
    void failed() {
        close();
        synchronized (queue) {
            queue.clear();
            queuedBytes = 0;
        }
        retryAt = Wire.now() + Wire.nanos(PAUSE);
    }

    void close() {
        SocketChannel open = channel;
        channel = null;
        key = null;
        connected = false;
        sending.clear();
        if (open != null) {
            try {
                if (sent > acknowledged) {
                    open.setOption(StandardSocketOptions.SO_LINGER, 0); // what is stale shall not arrive after all
                }
                open.close();
            } catch (IOException e) {
                log.trace("{}: closing", this, e);
            }
        }
    }

    private boolean waiting() {
        synchronized (queue) {
            return !queue.isEmpty();
        }
    }

    private void connect() {
        since = Wire.now();
        sent = 0;
        acknowledged = 0;
        answers.clear();
        try {
            SocketChannel fresh = wire.open();
            channel = fresh;
            key = wire.register(fresh, SelectionKey.OP_CONNECT, this);
            if (fresh.connect(address)) {
                began();
            }
        } catch (IOException | RuntimeException e) {
            log.debug("{}: {}", this, e.toString());
            failed();
        }
    }

    private void began() throws IOException {
        connected = true;
        since = Wire.now();
        sending.addFirst(framed(wire.hello(node, lane)));
        write();
    }

    private static ByteBuffer framed(byte[] frame) {
        return ByteBuffer.allocate(4 + frame.length)
                .putInt(frame.length)
                .put(frame)
                .flip();
    }

    private void write() throws IOException {
        SocketChannel open = channel;
        SelectionKey registered = key;
        if (open == null || registered == null) {
            return;
        }
        for (int written = 0; written < Wire.TURN; ) {
            ByteBuffer scratch = fill();
            if (scratch.remaining() == 0) {
                registered.interestOps(SelectionKey.OP_READ);
                return;
            }
            int offered = scratch.remaining();
            int taken = open.write(scratch);
            if (taken > 0 && sent == acknowledged) {
                since = Wire.now();
            }
            sent += taken;
            written += taken;
            advance(taken);
            if (taken < offered) {
                break;
            }
        }
        registered.interestOps(SelectionKey.OP_READ | SelectionKey.OP_WRITE);
    }

    private ByteBuffer fill() {
        ByteBuffer scratch = wire.scratch.clear();
        for (ByteBuffer frame : sending) {
            copy(frame, scratch);
        }
        synchronized (queue) {
            while (scratch.hasRemaining() && !queue.isEmpty()) {
                byte[] next = queue.remove();
                queuedBytes -= next.length;
                dropping = false;
                ByteBuffer frame = framed(next);
                sending.add(frame);
                copy(frame, scratch);
            }
        }
        return scratch.flip();
    }

    private static void copy(ByteBuffer from, ByteBuffer to) {
        ByteBuffer part = from.duplicate();
        part.limit(part.position() + Math.min(part.remaining(), to.remaining()));
        to.put(part);
    }

    private void advance(int taken) {
        int left = taken;
        while (left > 0) {
            ByteBuffer head = sending.element();
            int step = Math.min(left, head.remaining());
            head.position(head.position() + step);
            left -= step;
            if (!head.hasRemaining()) {
                sending.remove();
            }
        }
    }

    private void read() throws IOException {
        SocketChannel open = channel;
        if (open == null) {
            return;
        }
        int count = open.read(answers);
        answers.flip();
        while (channel != null && answers.hasRemaining()) {
            answers.mark();
            byte type = answers.get();
            if (type == ACKNOWLEDGED) {
                if (answers.remaining() < Long.BYTES) {
                    answers.reset();
                    break;
                }
                acknowledge(answers.getLong());
            } else if (type == REFUSED) {
                if (answers.remaining() < 2 || answers.remaining() - 2 < answers.getShort(answers.position())) {
                    answers.reset();
                    break;
                }
                byte[] reason = new byte[answers.getShort()];
                answers.get(reason);
                failed();
                retryAt = Wire.now() + Wire.nanos(PAUSE_REFUSED);
                wire.listener.refused(node, address, new String(reason, StandardCharsets.UTF_8));
                return;
            } else {
                throw new IOException("what came back is no Holdfast answer");
            }
        }
        answers.compact();
        if (count < 0) {
            boolean again = sending.isEmpty() && sent == acknowledged;
            close();
            retryAt = Wire.now() + Wire.nanos(PAUSE);
            if (!again) {
                failed();
            }
        }
    }

    private void acknowledge(long count) {
        if (count > acknowledged && count <= sent) {
            acknowledged = count;
            since = Wire.now();
            wire.listener.arrived(node, address);
        }
    }

    @Override
    public String toString() {
        return "Link to " + (node.isEmpty() ? "" : node + " at ")
                + address.getAddress().getHostAddress() + ":" + address.getPort() + " (" + lane + ")";
    }
}
