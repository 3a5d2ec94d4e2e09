package io.holdfast.ha;

import java.io.ByteArrayOutputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Runs a command on the daemon of one node.
 *
 * <p>It is started for each command, so it does little: no dependency, no lambda, no regular expression, nothing that costs the JVM
 * time to load. Whether its output is a terminal, and how wide, {@code bin/ha} tells it in the environment.
 */
public final class Main {
    /** The longest that the daemon may be silent while it works on a command: it gives a sign each second. Milliseconds. */
    static final int SILENCE = 5000;

    /** Bytes of a file that are sent at a time. */
    private static final int PART = 1 << 20;

    static final int NO_DAEMON = 3;
    static final int NO_ANSWER = 4;

    private Main() {}

    /** Runs the command and exits with its code. */
    public static void main(String[] arguments) {
        int code = new Run(
                        System.getenv("HOLDFAST_BASE"),
                        System.getenv("HOLDFAST_TERMINAL") != null && System.getenv("NO_COLOR") == null,
                        columns(System.getenv("COLUMNS")),
                        new FileInputStream(FileDescriptor.in),
                        new FileOutputStream(FileDescriptor.out),
                        new FileOutputStream(FileDescriptor.err),
                        SILENCE)
                .run(arguments);
        Runtime.getRuntime().halt(code); // there is nothing to end in an orderly way, and this is sooner
    }

    private static int columns(@Nullable String text) {
        if (text == null || text.isEmpty() || text.length() > 4) {
            return 0;
        }
        int columns = 0;
        for (int i = 0; i < text.length(); i++) {
            char digit = text.charAt(i);
            if (digit < '0' || digit > '9') {
                return 0;
            }
            columns = columns * 10 + digit - '0';
        }
        return columns;
    }

    /** One run, with everything of the world passed in. */
    static final class Run {
        private final @Nullable String environmentBase;
        private final boolean terminal;
        private final int columns;
        private final InputStream in;
        private final OutputStream out;
        private final OutputStream err;
        private final int silence;

        Run(
                @Nullable String environmentBase,
                boolean terminal,
                int columns,
                InputStream in,
                OutputStream out,
                OutputStream err,
                int silence) {
            this.environmentBase = environmentBase;
            this.terminal = terminal;
            this.columns = columns;
            this.in = in;
            this.out = out;
            this.err = err;
            this.silence = silence;
        }

        int run(String[] arguments) {
            String base = environmentBase == null || environmentBase.isEmpty() ? "/var/lib/holdfast" : environmentBase;
            List<String> words = new ArrayList<>();
            for (int i = 0; i < arguments.length; i++) {
                if (arguments[i].equals("--base")) {
                    if (++i == arguments.length) {
                        say("ha: --base needs a folder");
                        return 2;
                    }
                    base = arguments[i];
                } else if (arguments[i].startsWith("--base=")) {
                    base = arguments[i].substring("--base=".length());
                } else {
                    words.add(arguments[i]);
                }
            }
            return call(base, words);
        }

        private int call(String base, List<String> words) {
            Path socket = Path.of(base, "run", "ha", "socket");
            boolean accepted = false;
            try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
                Frames frames = new Frames(channel);
                Watch watch = new Watch(silence, base, err);
                watch.start();
                frames.write(Frames.REQUEST, Frames.request(words, terminal, columns));
                while (true) {
                    Frames.Frame frame = frames.read();
                    watch.alive();
                    accepted = true;
                    switch (frame.type()) {
                        case Frames.SIGN -> {}
                        case Frames.OUT -> print(out, frame.bytes(), watch);
                        case Frames.ERR -> print(err, frame.bytes(), watch);
                        case Frames.FILE -> {
                            watch.pause(true); // whoever writes to our standard input may take his time
                            sendFile(frames, new String(frame.bytes(), StandardCharsets.UTF_8));
                            watch.pause(false);
                        }
                        case Frames.PART -> {
                            watch.pause(true);
                            sendPart(frames, frame.bytes());
                            watch.pause(false);
                        }
                        case Frames.EXIT -> {
                            return frame.bytes().length == 1 ? frame.bytes()[0] : 1;
                        }
                        default -> {
                            say("ha: the daemon speaks another version of this program's language; use the bin/ha of"
                                    + " the version that runs");
                            return 1;
                        }
                    }
                }
            } catch (PrintException e) {
                return 1; // who read our output is gone; nobody would read a message either
            } catch (IOException e) {
                if (!accepted && asksForHelp(words)) {
                    say("usage: ha [--base DIR] [--json] [--wait DURATION] COMMAND\n"
                            + "The node tells its commands, and none answers:");
                }
                return failed(e, base, socket, accepted);
            }
        }

        private static boolean asksForHelp(List<String> words) {
            return words.isEmpty() || words.contains("help") || words.contains("--help") || words.contains("-h");
        }

        private void print(OutputStream to, byte[] bytes, Watch watch) throws PrintException {
            watch.pause(true); // whoever reads us may take his time
            try {
                to.write(bytes);
                to.flush();
            } catch (IOException e) {
                throw new PrintException(e);
            } finally {
                watch.pause(false);
            }
        }

        private void sendFile(Frames frames, String name) throws IOException {
            byte[] content;
            try {
                content = name.equals("-") ? standardInput() : Files.readAllBytes(Path.of(name));
            } catch (IOException | RuntimeException e) {
                refuse(frames, name, e);
                return;
            }
            if (content.length > Frames.MAX) {
                frames.write(
                        Frames.NO_FILE,
                        (name + ": it has " + content.length + " bytes, " + Frames.MAX + " are the most")
                                .getBytes(StandardCharsets.UTF_8));
                return;
            }
            frames.write(Frames.CONTENT, content);
        }

        private static String said(Exception e) {
            String message = e.getMessage(); // that of a folder is "Is a directory"
            return e instanceof IOException && message != null ? message : e.toString();
        }

        private static void refuse(Frames frames, String name, Exception e) throws IOException {
            String reason = e instanceof java.nio.file.NoSuchFileException
                    ? "there is no such file"
                    : e instanceof AccessDeniedException ? "you may not read it" : said(e);
            frames.write(Frames.NO_FILE, (name + ": " + reason).getBytes(StandardCharsets.UTF_8));
        }

        /** A part of a file that may be larger than this program's memory. Of standard input: what comes next. */
        private void sendPart(Frames frames, byte[] asked) throws IOException {
            long offset = ByteBuffer.wrap(asked).getLong();
            String name = new String(asked, 8, asked.length - 8, StandardCharsets.UTF_8);
            byte[] part = new byte[PART];
            int size;
            try {
                size = name.equals("-") ? fromStandardInput(part) : fromFile(Path.of(name), offset, part);
            } catch (IOException | RuntimeException e) {
                refuse(frames, name, e);
                return;
            }
            frames.write(Frames.CONTENT, Arrays.copyOf(part, size));
        }

        private int fromStandardInput(byte[] part) throws IOException {
            int size = 0;
            for (int count = 0; count >= 0 && size < part.length; size += Math.max(0, count)) {
                count = in.read(part, size, part.length - size);
            }
            return size;
        }

        private static int fromFile(Path file, long offset, byte[] part) throws IOException {
            try (FileChannel channel = FileChannel.open(file)) {
                ByteBuffer buffer = ByteBuffer.wrap(part);
                for (int count = 0; count >= 0 && buffer.hasRemaining(); ) {
                    count = channel.read(buffer, offset + buffer.position());
                }
                return buffer.position();
            }
        }

        /** A pipe has no position, and {@code readAllBytes} of a file stream asks for it. */
        private byte[] standardInput() throws IOException {
            ByteArrayOutputStream content = new ByteArrayOutputStream();
            byte[] part = new byte[8192];
            for (int count = in.read(part); count >= 0; count = in.read(part)) {
                content.write(part, 0, count);
            }
            return content.toByteArray();
        }

        private int failed(IOException e, String base, Path socket, boolean accepted) {
            if (accepted) {
                say("ha: the daemon of " + base
                        + " ended, or its shell was replaced, while it worked on this. It may still"
                        + " take effect: look at 'ha status' and 'ha events' before you repeat it.");
                return NO_ANSWER;
            }
            String message = e.getMessage() == null ? "" : e.getMessage();
            if (e instanceof AccessDeniedException || message.contains("Permission denied")) {
                say("ha: you may not talk to the daemon of " + base + ": be root or a member of the group holdfast.");
            } else if (!Files.isDirectory(Path.of(base))) {
                say("ha: there is no folder " + base
                        + ". Which node do you mean? Say --base DIR or set HOLDFAST_BASE.");
            } else if (e instanceof ConnectException || e instanceof SocketException || !Files.exists(socket)) {
                say("ha: no daemon answers at " + socket + ". Is it running? 'holdfast start --base " + base
                        + "' starts it; " + base + "/log tells why it ended.");
            } else {
                say("ha: no daemon answers at " + socket + ": " + message);
            }
            return NO_DAEMON;
        }

        private void say(String text) {
            try {
                err.write((text + "\n").getBytes(StandardCharsets.UTF_8));
                err.flush();
            } catch (IOException e) {
                return; // no standard error: then nobody wants to know
            }
        }
    }

    /** Our own output could not be written. */
    private static final class PrintException extends Exception {
        PrintException(IOException cause) {
            super(cause);
        }
    }

    /**
     * Ends the program when the daemon gives no sign any more: it is hung or stopped, and a read would wait for ever. Only time in which
     * this program ran itself counts: after it was stopped, or waited for a processor, what came meanwhile has to be read first.
     */
    private static final class Watch extends Thread {
        private final int silence;
        private final String base;
        private final OutputStream err;
        private final AtomicInteger signs = new AtomicInteger();
        private volatile boolean accepted;
        private volatile boolean paused;

        Watch(int silence, String base, OutputStream err) {
            super("watch");
            setDaemon(true);
            this.silence = silence;
            this.base = base;
            this.err = err;
        }

        void alive() {
            accepted = true;
            signs.incrementAndGet();
        }

        void pause(boolean now) {
            signs.incrementAndGet();
            paused = now;
        }

        @Override
        public void run() {
            try {
                int nap = Math.min(200, silence);
                int seen = signs.get();
                for (int silent = 0; silent < silence; silent += nap) {
                    Thread.sleep(nap);
                    if (paused || signs.get() != seen) {
                        seen = signs.get();
                        silent = 0;
                    }
                }
                err.write(("ha: the daemon of " + base + " is there and gives no sign for " + silence / 1000
                                + " s: it is hung or stopped, or its machine is overloaded."
                                + (accepted
                                        ? " What you asked for may still go on and take effect: look at 'ha status'"
                                                + " and 'ha events' before you repeat it.\n"
                                        : " It has not taken the command.\n"))
                        .getBytes(StandardCharsets.UTF_8));
                err.flush();
            } catch (InterruptedException | IOException e) {
                // ending is what is left to do
            }
            Runtime.getRuntime().halt(accepted ? NO_ANSWER : NO_DAEMON);
        }
    }
}
