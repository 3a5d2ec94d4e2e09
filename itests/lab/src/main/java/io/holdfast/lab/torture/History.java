package io.holdfast.lab.torture;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;

/**
 * What happened, a line each, in a file that lies outside all nodes. Resources append to it directly (an append of one line is atomic),
 * and so does the torture. Times are nanoseconds of {@code CLOCK_MONOTONIC}: all run on one kernel, so all read the same clock, and
 * it takes no part in steps of the wall clock.
 *
 * <pre>
 * NS begin LAYOUT LEASE_MS
 * NS alive RESOURCE NAMESPACE TOKEN PID    each 20 ms, by the resource itself
 * NS machine NODE NAMESPACE                a node got power: what runs in this namespace runs on it
 * NS fault ID TARGETS RESOURCES harmless|hurts TEXT
 * NS ended ID                              TARGETS, RESOURCES: with commas, or -
 * NS void ID TEXT                          it did not come about: another one had taken what it needs
 * NS healed                                all faults are over and all nodes have power
 * NS calm                                  everything is active and all nodes are online
 * NS reset NODE                            its watchdog was not fed
 * NS expelled NODE TEXT                    the cluster says so
 * NS must ID SENTENCE                      an event must say so if this fault came alone; " ... " stands for anything
 * NS did NODE COMMAND                      an administrator's command was acknowledged there
 * NS daemon NODE PID                       all is calm, and this is its daemon
 * NS event REVISION TEXT                   the cluster says so
 * NS events COUNT                          so many were read at once: all there were since the last time
 * NS shown NODE REVISION fresh|known NAME=VALUE...  its status when it was asked: attributes and tokens
 * NS granted RESOURCE TOKEN REASON         the cluster says why it runs where it does
 * NS asked|acked|found KEY VALUE           a change of the cluster's state
 * NS smb ACKNOWLEDGED LOST
 * NS stall MS                              the machine under it all stood still, so long until now
 * NS starved NODE MS                       so long of some last 100 ms all of that node waited for a processor
 * NS lost TEXT                             not calm within the bound
 * NS note TEXT
 * NS end
 * </pre>
 */
final class History implements AutoCloseable {
    private final Path file;
    private final FileChannel out;
    private final FileChannel in;
    private final Map<String, Alive> latest = new HashMap<>();
    private String rest = "";

    /** The latest word of a resource. */
    record Alive(long at, String namespace, long pid) {}

    History(Path file) {
        this.file = file;
        try {
            Files.deleteIfExists(file);
            Files.createDirectories(file.getParent());
            out = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
            in = FileChannel.open(file, StandardOpenOption.READ);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Path file() {
        return file;
    }

    static long now() {
        return System.nanoTime(); // CLOCK_MONOTONIC, as the resources' own clock
    }

    void write(String kind, Object... words) {
        write(now(), kind, words);
    }

    void write(long at, String kind, Object... words) {
        StringBuilder line = new StringBuilder().append(at).append(' ').append(kind);
        for (Object word : words) {
            line.append(' ').append(String.valueOf(word).replace('\n', ' '));
        }
        try {
            out.write(ByteBuffer.wrap(line.append('\n').toString().getBytes(UTF_8)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@return the latest word of each resource that ever announced itself} */
    synchronized Map<String, Alive> latest() {
        try {
            ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
            while (in.read(buffer) > 0) {
                take(rest + new String(buffer.array(), 0, buffer.position(), UTF_8));
                buffer.clear();
            }
            return Map.copyOf(latest);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void take(String text) {
        int end = text.lastIndexOf('\n') + 1;
        rest = text.substring(end);
        text.substring(0, end).lines().map(line -> line.split(" ")).forEach(words -> {
            if (words[1].equals("alive")) {
                latest.put(words[2], new Alive(Long.parseLong(words[0]), words[3], Long.parseLong(words[5])));
            }
        });
    }

    @Override
    public void close() throws IOException {
        out.close();
        in.close();
    }
}
