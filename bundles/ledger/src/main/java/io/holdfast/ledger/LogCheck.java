package io.holdfast.ledger;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells a torn end of the log, which a power cut leaves and which is harmless, from a hole in it, which is not.
 *
 * <p>Ratis takes a record whose length leads beyond the file for a torn end, and forgets everything behind it. A flipped bit in a
 * length does just that to records that were acknowledged. So where the first bad record is, nothing good may follow.
 *
 * <p>Files are filled with zeros in advance, so after a power cut zeros follow the part of the record that was written, and Ratis takes the whole
 * for a damaged record. Such an end is cut here, before Ratis sees it.
 */
final class LogCheck {
    private static final Logger log = LoggerFactory.getLogger(LogCheck.class);
    private static final int HEADER = "RaftLog1".length();
    private static final int CHECKSUM = 4;
    private static final long LARGEST_RECORD = 16 << 20;
    /** A record behind the hole has an index not far behind the last good one. */
    private static final long NEAR = 1_000_000;

    private static final Pattern SEGMENT = Pattern.compile("log_(inprogress_)?(\\d+)(?:-(\\d+))?");
    private static final Pattern SNAPSHOT = Pattern.compile("snapshot\\.\\d+_(\\d+)");

    private LogCheck() {}

    /** Checks the files of the log that are being written, and cuts a torn end; closed ones are checked by Ratis, by their number of entries. */
    static void check(String node, Path current) throws IOException, Refusal {
        List<Path> open = new ArrayList<>();
        try (var files = Files.newDirectoryStream(current, "log_inprogress_*")) {
            files.forEach(open::add);
        }
        for (Path file : open) {
            byte[] bytes = Files.readAllBytes(file);
            long hole = hole(bytes);
            if (hole >= 0) {
                throw Refusal.replace(
                        node,
                        "the log is corrupt: in " + file + " the record at byte " + hole
                                + " is damaged, and good records follow it");
            }
            long torn = torn(bytes);
            if (torn >= 0) {
                log.warn(
                        "{} ends in the beginning of a record at byte {}, as a power cut leaves it: it is cut",
                        file,
                        torn);
                try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                    channel.truncate(torn);
                    channel.force(true);
                }
            }
        }
    }

    /** {@return where a record begins whose last bytes were never written, else -1} */
    static long torn(byte[] file) {
        int written = file.length;
        while (written > 0 && file[written - 1] == 0) {
            written--;
        }
        ByteBuffer bytes = ByteBuffer.wrap(file);
        int start = Math.min(goodRecords(bytes).end, file.length);
        if (written <= start) {
            return -1;
        }
        int[] at = {start};
        long length = varint(bytes, at);
        if (length < 0) {
            return start; // not even its length
        }
        long end = at[0] + length + CHECKSUM;
        if (length == 0 || end <= written || end > file.length) {
            return -1; // none, damaged, or one that Ratis itself takes for a torn one
        }
        return flipped(file, start, at[0]) ? -1 : start;
    }

    /** {@return whether it is a whole record but for a bit of its length or checksum} */
    private static boolean flipped(byte[] file, int start, int body) {
        for (int bit = 0; bit < (body - start) * 8; bit++) {
            byte[] other = file.clone();
            other[start + bit / 8] ^= (byte) (1 << bit % 8);
            if (record(ByteBuffer.wrap(other), start) != null) {
                return true;
            }
        }
        ByteBuffer bytes = ByteBuffer.wrap(file);
        int end = (int) (body + varint(bytes, new int[] {start}));
        CRC32C crc = new CRC32C();
        crc.update(bytes.duplicate().position(start).limit(end));
        return Integer.bitCount((int) crc.getValue() ^ bytes.getInt(end)) == 1;
    }

    /**
     * Deletes what a snapshot made obsolete and a crash left: files that end before a gap, and all of them if the log ends before
     * the snapshot does. When Ratis installs another node's snapshot it deletes them later, if at all; when it starts it takes the
     * gap for damage, or goes on writing behind the old end.
     *
     * @param snapshots the folder with the snapshots; everything up to the newest whole one is in it
     */
    static void removeReplaced(Path current, Path snapshots) throws IOException {
        long covered = newest(snapshots);
        TreeMap<Long, Path> files = new TreeMap<>();
        TreeMap<Long, Long> ends = new TreeMap<>();
        try (var found = Files.newDirectoryStream(current, "log_*")) {
            for (Path file : found) {
                Matcher name = SEGMENT.matcher(String.valueOf(file.getFileName()));
                if (name.matches()) {
                    long start = Long.parseLong(name.group(2));
                    files.put(start, file);
                    ends.put(
                            start,
                            name.group(3) != null
                                    ? Long.parseLong(name.group(3))
                                    : Math.max(start - 1, lastIndex(Files.readAllBytes(file))));
                }
            }
        }
        long obsolete = -1; // what begins at or before it goes
        for (Map.Entry<Long, Long> file : ends.entrySet()) {
            Long following = files.higherKey(file.getKey());
            long next = following == null ? covered + 1 : following;
            if (file.getValue() + 1 < next && next <= covered + 1) {
                obsolete = file.getKey();
            }
        }
        for (Path file : files.headMap(obsolete, true).values()) {
            Files.delete(file);
        }
    }

    /**
     * Where the log ends.
     *
     * @param open the file that is being written, if there is one
     * @param end where the next record of that file begins
     * @param index of the last entry, in the log or in a snapshot
     */
    record Tail(Optional<Path> open, int end, long index) {}

    /** {@return where a checked log ends} */
    static Tail tail(Path current, Path snapshots) throws IOException {
        long index = newest(snapshots);
        long newestStart = -1;
        Path open = null;
        try (var found = Files.newDirectoryStream(current, "log_*")) {
            for (Path file : found) {
                Matcher name = SEGMENT.matcher(String.valueOf(file.getFileName()));
                if (!name.matches()) {
                    continue;
                }
                long start = Long.parseLong(name.group(2));
                if (name.group(3) != null) {
                    index = Math.max(index, Long.parseLong(name.group(3)));
                } else if (start > newestStart) {
                    newestStart = start;
                    open = file;
                }
            }
        }
        if (open == null) {
            return new Tail(Optional.empty(), 0, index);
        }
        byte[] bytes = Files.readAllBytes(open);
        Found last = goodRecords(ByteBuffer.wrap(bytes));
        return new Tail(
                Optional.of(open),
                bytes.length < HEADER ? 0 : last.end,
                Math.max(index, Math.max(newestStart - 1, last.index)));
    }

    private static long newest(Path snapshots) throws IOException {
        long newest = -1;
        if (Files.isDirectory(snapshots)) {
            try (var files = Files.newDirectoryStream(snapshots, "snapshot.*")) {
                for (Path file : files) {
                    Matcher snapshot = SNAPSHOT.matcher(String.valueOf(file.getFileName()));
                    newest = snapshot.matches() ? Math.max(newest, Long.parseLong(snapshot.group(1))) : newest;
                }
            }
        }
        return newest;
    }

    /** {@return the index of the last record before the first bad one, or -1} */
    private static long lastIndex(byte[] file) {
        return goodRecords(ByteBuffer.wrap(file)).index;
    }

    /** {@return where the first bad record begins if a good one follows it, else -1} */
    static long hole(byte[] file) {
        ByteBuffer bytes = ByteBuffer.wrap(file);
        Found good = goodRecords(bytes);
        for (int later = good.end + 1; later < file.length; later++) {
            Found record = file[later] == 0 ? null : record(bytes, later);
            if (record != null && record.index > good.index && record.index < good.index + NEAR) {
                return good.end;
            }
        }
        return -1;
    }

    /** {@return the index of the last of the good records at the beginning, and where it ends} */
    private static Found goodRecords(ByteBuffer bytes) {
        Found last = new Found(-1, HEADER);
        while (last.end < bytes.limit() && bytes.get(last.end) != 0) {
            Found record = record(bytes, last.end);
            if (record == null) {
                break;
            }
            last = record;
        }
        return last;
    }

    /** {@return the record at {@code start} if it is whole: its length, a log entry, its checksum} */
    private static @org.jspecify.annotations.Nullable Found record(ByteBuffer bytes, int start) {
        int[] at = {start};
        long length = varint(bytes, at);
        int body = at[0];
        if (length <= 0 || length > LARGEST_RECORD || body + length + CHECKSUM > bytes.limit()) {
            return null;
        }
        int end = (int) (body + length);
        if (bytes.get(body) != 0x08) { // field 1, the term; it is never 0
            return null;
        }
        at[0] = body + 1;
        long term = varint(bytes, at);
        long index = 0;
        if (at[0] < end && bytes.get(at[0]) == 0x10) { // field 2, the index; left out when it is 0
            at[0]++;
            index = varint(bytes, at);
        }
        if (term <= 0 || index < 0) {
            return null;
        }
        CRC32C crc = new CRC32C();
        crc.update(bytes.duplicate().position(start).limit(end));
        return (int) crc.getValue() == bytes.getInt(end) ? new Found(index, end + CHECKSUM) : null;
    }

    private static long varint(ByteBuffer bytes, int[] at) {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            if (at[0] >= bytes.limit()) {
                return -1;
            }
            byte b = bytes.get(at[0]++);
            value |= (long) (b & 0x7f) << shift;
            if (b >= 0) {
                return value;
            }
        }
        return -1;
    }

    private record Found(long index, int end) {}
}
