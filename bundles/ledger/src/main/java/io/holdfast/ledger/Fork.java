package io.holdfast.ledger;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Properties;
import java.util.zip.CRC32C;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RaftConfigurationProto;
import org.apache.ratis.protocol.RaftPeer;

/**
 * Makes the log of a new history out of a closed one: the same entries, committed or not, and behind them a configuration with one
 * voter in a later term. So what one of two voters had acknowledged is there, for the other one had it on disk too.
 */
final class Fork {
    private static final byte[] HEADER = "RaftLog1".getBytes(StandardCharsets.US_ASCII);

    private Fork() {}

    /**
     * Writes the new log to {@code to}, forced to disk; {@code from} stays as it is.
     *
     * @param from the folder of the group, closed
     * @param only the one voter
     */
    static void write(String node, Path from, Path to, RaftPeer only) throws IOException, Refusal {
        Disk.deleteTree(to);
        copy(from, to);
        Path current = to.resolve("current");
        LogCheck.removeReplaced(current, to.resolve("sm"));
        LogCheck.check(node, current);
        Path meta = current.resolve("raft-meta");
        long term = term(meta) + 1;
        LogCheck.Tail tail = LogCheck.tail(current, to.resolve("sm"));
        append(
                current,
                tail,
                LogEntryProto.newBuilder()
                        .setTerm(term)
                        .setIndex(tail.index() + 1)
                        .setConfigurationEntry(
                                RaftConfigurationProto.newBuilder().addPeers(only.getRaftPeerProto()))
                        .build());
        Disk.replace(
                meta, ("term=" + term + "\nvotedFor=" + only.getId() + "\n").getBytes(StandardCharsets.ISO_8859_1));
        Disk.forceTree(to);
    }

    private static long term(Path meta) throws IOException {
        Properties stored = new Properties();
        try (var in = Files.newBufferedReader(meta, StandardCharsets.UTF_8)) {
            stored.load(in);
            return Long.parseLong(stored.getProperty("term", ""));
        } catch (IllegalArgumentException e) {
            throw new IOException(meta + " cannot be understood", e);
        }
    }

    private static void append(Path current, LogCheck.Tail tail, LogEntryProto entry) throws IOException {
        byte[] body = entry.toByteArray();
        ByteBuffer record = ByteBuffer.allocate(HEADER.length + body.length + 16);
        Path file = tail.open().orElse(current.resolve("log_inprogress_" + entry.getIndex()));
        boolean begins = tail.end() < HEADER.length;
        if (begins) {
            record.put(HEADER);
        }
        int start = record.position();
        int length = body.length;
        while (length > 0x7f) {
            record.put((byte) ((length & 0x7f) | 0x80));
            length >>>= 7;
        }
        record.put((byte) length);
        record.put(body);
        CRC32C crc = new CRC32C();
        crc.update(record.duplicate().position(start).limit(record.position()));
        record.putInt((int) crc.getValue());
        record.flip();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            long at = begins ? 0 : tail.end();
            while (record.hasRemaining()) {
                at += channel.write(record, at);
            }
            channel.force(true);
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.walkFileTree(from, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes attributes) throws IOException {
                Files.createDirectories(to.resolve(from.relativize(dir)));
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                if (!file.endsWith("in_use.lock")) {
                    Files.copy(file, to.resolve(from.relativize(file)));
                }
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
