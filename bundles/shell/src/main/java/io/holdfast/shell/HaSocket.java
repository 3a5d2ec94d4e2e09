package io.holdfast.shell;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.SocketOption;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The socket that {@code bin/ha} talks to. Who may, the folder's permissions say: root, and the group {@code holdfast} if there is one.
 *
 * <p>It runs on threads of its own, so that it answers whatever the layers below are doing.
 */
public final class HaSocket implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(HaSocket.class);

    /** Callers at one time; those that follow events stay. */
    static final int MAX_CALLERS = 64;

    private static final int PAUSE_MS = 200;

    /** The largest frame, bytes; the same in the client. */
    static final int MAX_FRAME = 8 << 20;

    private static final int VERSION = 1;

    /** How often it is looked whether a sign of life is due, while a command's own thread is blocked. */
    private static final long SIGN_MILLIS = 250;

    private static final Set<PosixFilePermission> FOLDER = PosixFilePermissions.fromString("rwxr-x---");
    private static final Set<PosixFilePermission> SOCKET = PosixFilePermissions.fromString("rw-rw----");

    private final Commands commands;
    private final String node;
    private final Path path;
    private final ServerSocketChannel server;
    private final Map<SocketChannel, Caller> callers = new ConcurrentHashMap<>();
    private final ThreadPoolExecutor threads;
    private final CountDownLatch closed = new CountDownLatch(1);

    /**
     * Opens the socket below this folder, which is made or put right.
     *
     * @param node this node's name, for the record of who did what
     * @throws IOException if that does not work; the message says what did not
     */
    public HaSocket(Path folder, Commands commands, String node) throws IOException {
        this.commands = commands;
        this.node = node;
        path = folder.resolve("socket");
        int length = path.toString().getBytes(StandardCharsets.UTF_8).length;
        if (length > 107) {
            throw new IOException("The path " + path + " has " + length
                    + " bytes, a socket's may have 107: use a shorter" + " base folder");
        }
        prepare(folder);
        Files.deleteIfExists(path); // of a predecessor; two daemons of one base folder there are not
        server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            server.bind(UnixDomainSocketAddress.of(path), 64);
            permit(path, SOCKET);
        } catch (IOException e) {
            server.close();
            throw e;
        }
        AtomicInteger number = new AtomicInteger();
        threads = new ThreadPoolExecutor(0, MAX_CALLERS + 1, 10, TimeUnit.SECONDS, new SynchronousQueue<>(), task -> {
            Thread thread = new Thread(task, "holdfast-shell-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
        threads.execute(this::accept);
    }

    private static void prepare(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            Path parent = folder.getParent();
            if (parent != null) {
                Files.createDirectories(parent);
            }
            Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(FOLDER));
        }
        permit(folder, FOLDER);
    }

    private static void permit(Path path, Set<PosixFilePermission> permissions) throws IOException {
        Files.setPosixFilePermissions(path, permissions);
        try {
            GroupPrincipal group =
                    path.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByGroupName("holdfast");
            Files.getFileAttributeView(path, PosixFileAttributeView.class).setGroup(group);
        } catch (IOException e) {
            log.debug("There is no group holdfast, or it cannot be set: only root may use bin/ha ({})", e.toString());
        }
    }

    @Override
    public void close() {
        try {
            closed.countDown();
            server.close();
            for (Caller caller : callers.values()) {
                caller.end();
            }
            Files.deleteIfExists(path);
        } catch (IOException e) {
            log.warn("Closing the socket {} failed", path, e);
        }
        threads.shutdown(); // who replaces this layer waits for the answer
    }

    private void accept() {
        while (server.isOpen()) {
            try {
                SocketChannel caller = server.accept();
                Caller call = new Caller(caller);
                callers.put(caller, call);
                try {
                    threads.execute(() -> serve(call));
                } catch (RejectedExecutionException e) {
                    callers.remove(caller);
                    caller.close();
                    log.warn("More than {} callers of bin/ha at one time; one is refused", MAX_CALLERS);
                }
            } catch (IOException e) {
                if (server.isOpen() && endsAfter(e)) {
                    return;
                }
            }
        }
    }

    /** For want of a file descriptor, for instance, every try fails for a while. {@return whether the end came meanwhile} */
    private boolean endsAfter(IOException e) {
        log.warn("Taking a caller of bin/ha failed; it is tried again every {} ms: {}", PAUSE_MS, e.toString());
        try {
            return closed.await(PAUSE_MS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    private void serve(Caller caller) {
        try (caller.channel) {
            caller.thread = Thread.currentThread();
            caller.run();
        } catch (EOFException e) {
            log.debug("A caller of bin/ha hung up");
        } catch (IOException e) {
            log.debug("A caller of bin/ha is gone: {}", e.toString());
        } catch (RuntimeException e) {
            log.error("A call of bin/ha failed", e);
        } finally {
            callers.remove(caller.channel);
        }
    }

    private final class Caller {
        private final SocketChannel channel;
        private long told = System.nanoTime(); // guarded by this
        private boolean gone; // guarded by this
        private volatile boolean outliving;
        private volatile @Nullable Thread thread;

        Caller(SocketChannel channel) {
            this.channel = channel;
        }

        /** Ends it with the socket, unless it asked for something that replaces this layer. */
        void end() throws IOException {
            @Nullable Thread serving = thread;
            if (!outliving) {
                channel.close();
                if (serving != null) {
                    serving.interrupt();
                }
            }
        }

        void run() throws IOException {
            ByteBuffer request = read('Q');
            if (request.remaining() < 10 || request.get() != VERSION) {
                write(
                        'E',
                        "ha: this daemon speaks version 1 of the language of bin/ha\n"
                                .getBytes(StandardCharsets.UTF_8));
                write('X', new byte[] {(byte) Exit.REFUSED});
                return;
            }
            write('S', new byte[0]);
            boolean terminal = request.get() == 1;
            int width = request.getInt();
            List<String> words = words(request);
            PrintStream out = new PrintStream(new Stream('O'), false, StandardCharsets.UTF_8);
            PrintStream err = new PrintStream(new Stream('E'), false, StandardCharsets.UTF_8);
            Io io = new Io(
                    out,
                    err,
                    terminal,
                    width,
                    user() + "@" + node,
                    new CallersFiles(),
                    this::cancelled,
                    () -> outliving = true,
                    this::signs);
            int code = commands.run(words, io);
            out.flush();
            err.flush();
            write('X', new byte[] {(byte) code});
        }

        private List<String> words(ByteBuffer request) throws IOException {
            int count = request.getInt();
            List<String> words = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                if (request.remaining() < 4
                        || request.getInt(request.position()) < 0
                        || request.getInt(request.position()) > request.remaining() - 4) {
                    throw new IOException("malformed request");
                }
                byte[] word = new byte[request.getInt()];
                request.get(word);
                words.add(new String(word, StandardCharsets.UTF_8));
            }
            return words;
        }

        /** The kernel knows who is at the other end. */
        private String user() {
            for (SocketOption<?> option : channel.supportedOptions()) {
                if (option.name().equals("SO_PEERCRED")) {
                    try {
                        Object credentials = channel.getOption(option);
                        return credentials
                                .getClass()
                                .getMethod("user")
                                .invoke(credentials)
                                .toString();
                    } catch (IOException | ReflectiveOperationException e) {
                        log.debug("Who calls is unknown", e);
                    }
                }
            }
            return "somebody";
        }

        /** Files of the caller, sent when asked for. */
        private final class CallersFiles implements Io.FileReader {
            @Override
            public String read(String name) throws IOException {
                write('F', name.getBytes(StandardCharsets.UTF_8));
                return new String(content(), StandardCharsets.UTF_8);
            }

            @Override
            public InputStream open(String name) {
                return new Parts(name);
            }
        }

        private byte[] content() throws IOException {
            ByteBuffer header = fill(ByteBuffer.allocate(5));
            byte type = header.get();
            byte[] content = body(header.getInt()).array();
            if (type != 'C') {
                throw new IOException(new String(content, StandardCharsets.UTF_8));
            }
            return content;
        }

        /** A file of the caller, part after part; an empty part is its end. */
        private final class Parts extends InputStream {
            private final byte[] name;
            private byte[] part = new byte[0];
            private int taken;
            private long offset;
            private boolean ended;

            Parts(String name) {
                this.name = name.getBytes(StandardCharsets.UTF_8);
            }

            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] bytes, int start, int length) throws IOException {
                if (length == 0) {
                    return 0;
                }
                if (taken == part.length && !ended) {
                    write(
                            'G',
                            ByteBuffer.allocate(8 + name.length)
                                    .putLong(offset)
                                    .put(name)
                                    .array());
                    part = content();
                    taken = 0;
                    offset += part.length;
                    ended = part.length == 0;
                }
                if (ended) {
                    return -1;
                }
                int count = Math.min(length, part.length - taken);
                System.arraycopy(part, taken, bytes, start, count);
                taken += count;
                return count;
            }
        }

        /** Asked some times a second while a command waits: also gives the caller a sign each second. */
        private synchronized boolean cancelled() {
            if (!gone && System.nanoTime() - told > 1_000_000_000L) {
                try {
                    write('S', new byte[0]);
                } catch (IOException e) {
                    gone = true;
                }
            }
            return gone;
        }

        private ByteBuffer read(char wanted) throws IOException {
            ByteBuffer header = fill(ByteBuffer.allocate(5));
            byte type = header.get();
            if (type != wanted) {
                throw new IOException("a frame of type " + type + ", expected " + wanted);
            }
            return body(header.getInt());
        }

        private ByteBuffer body(int length) throws IOException {
            if (length < 0 || length > MAX_FRAME) {
                throw new IOException("a frame of " + length + " bytes");
            }
            return fill(ByteBuffer.allocate(length));
        }

        private ByteBuffer fill(ByteBuffer buffer) throws IOException {
            while (buffer.hasRemaining()) {
                if (channel.read(buffer) < 0) {
                    throw new EOFException();
                }
            }
            return buffer.flip();
        }

        /** For the time in which the command's own thread is blocked. {@return what ends them} */
        private Runnable signs() {
            CountDownLatch end = new CountDownLatch(1);
            try {
                threads.execute(() -> {
                    boolean there = true;
                    try {
                        while (there && !end.await(SIGN_MILLIS, TimeUnit.MILLISECONDS)) {
                            there = !cancelled();
                        }
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                });
            } catch (RejectedExecutionException e) {
                log.debug("No thread is left for signs of life; a caller of bin/ha may think that this node hangs");
            }
            return end::countDown;
        }

        private synchronized void write(char type, byte[] bytes) throws IOException {
            ByteBuffer frame = ByteBuffer.allocate(5 + bytes.length)
                    .put((byte) type)
                    .putInt(bytes.length)
                    .put(bytes)
                    .flip();
            while (frame.hasRemaining()) {
                channel.write(frame);
            }
            told = System.nanoTime();
        }

        /** Standard output or error as frames. */
        private final class Stream extends OutputStream {
            private final char type;
            private final byte[] buffer = new byte[16 << 10];
            private int count;

            Stream(char type) {
                this.type = type;
            }

            @Override
            public void write(int b) throws IOException {
                if (count == buffer.length) {
                    flush();
                }
                buffer[count++] = (byte) b;
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                for (int done = 0; done < length; ) {
                    if (count == buffer.length) {
                        flush();
                    }
                    int step = Math.min(length - done, buffer.length - count);
                    System.arraycopy(bytes, offset + done, buffer, count, step);
                    count += step;
                    done += step;
                }
            }

            @Override
            public void flush() throws IOException {
                if (count > 0) {
                    byte[] part = java.util.Arrays.copyOf(buffer, count);
                    count = 0;
                    Caller.this.write(type, part);
                }
            }
        }
    }
}
