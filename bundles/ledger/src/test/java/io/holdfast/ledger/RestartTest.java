package io.holdfast.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.Entry;
import io.holdfast.model.ledger.LedgerException;
import io.holdfast.model.ledger.ReplicatedLog;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.ratis.server.raftlog.segmented.SegmentedRaftLog;
import org.apache.ratis.util.AutoCloseableLock;
import org.apache.ratis.util.JavaUtils;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is on disk, and what a start makes of it. */
class RestartTest {
    @TempDir
    Path base;

    private TestCluster cluster;

    private TestCluster three(Tuning tuning) {
        cluster = new TestCluster(base, tuning, "n1", "n2", "n3");
        return cluster.startAll();
    }

    @AfterEach
    void end() {
        if (cluster != null) {
            cluster.close();
        }
    }

    private void stopAll() {
        List.copyOf(cluster.nodes.keySet()).forEach(cluster::stop);
    }

    @Test
    @DisplayName("what was closed is held by nothing in Ratis, whose bundle outlives ours")
    void closedIsForgotten() {
        three(TestCluster.TUNING).leader().append("entry");
        assertThat(namedByRatis()).isNotEmpty();
        stopAll();
        assertThat(namedByRatis()).isEmpty();
    }

    private static List<String> namedByRatis() {
        return JavaUtils.CLASS_SIMPLE_NAMES.keySet().stream()
                .map(Class::getName)
                .filter(name -> name.startsWith("io.holdfast.ledger."))
                .toList();
    }

    @Test
    @DisplayName("all stop and start again: everything is there, and the voters are the same")
    void allRestart() {
        TestCluster.Node leader = three(TestCluster.TUNING).leader();
        for (int i = 0; i < 10; i++) {
            leader.append("entry " + i);
        }
        List<String> before = leader.announced();
        stopAll();
        cluster.startAll().leader();
        for (String name : cluster.voters) {
            cluster.node(name).read();
            assertThat(cluster.node(name).announced()).isEqualTo(before);
            assertThat(cluster.node(name)
                            .loop
                            .call(cluster.node(name).ledger::voters)
                            .index())
                    .isZero();
        }
        cluster.node("n2").append("more");
    }

    @Test
    @DisplayName("a node that lags behind the purged log gets a snapshot, tells of it, and goes on")
    void installsASnapshot() throws IOException {
        TestCluster.Node leader = three(TestCluster.SMALL).leader();
        leader.append("first");
        String away = cluster.follower().name;
        cluster.stop(away);
        leader = cluster.leaderAmong(List.copyOf(cluster.nodes.keySet()));
        for (int i = 0; i < 300; i++) {
            leader.append("entry " + i);
        }
        TestCluster.Node back = cluster.start(away);
        back.read();
        assertThat(back.announced()).isEqualTo(leader.announced()).hasSize(301);
        assertThat(back.replaced()).isPositive();
        assertThat(back.texts.size()).isLessThan(301);
        assertThat(back.append("from the one that lagged").index()).isGreaterThan(300);
        // and once more, while it runs: it must not close itself over it
        cluster.network.isolate(away);
        leader = cluster.leaderAmong(
                cluster.voters.stream().filter(n -> !n.equals(away)).toList());
        for (int i = 0; i < 300; i++) {
            leader.append("more " + i);
        }
        int replaced = back.replaced();
        cluster.network.heal();
        cluster.leader();
        back.read();
        assertThat(back.replaced()).isGreaterThan(replaced);
        assertThat(back.announced()).isEqualTo(leader.announced());
        assertThat(back.health().well()).isTrue();
        assertThat(segments(leader.name)).as("old log files are gone").isLessThan(60);
    }

    @Test
    @DisplayName("all restart from their snapshots")
    void restartsFromSnapshots() {
        TestCluster.Node leader = three(TestCluster.SMALL).leader();
        for (int i = 0; i < 200; i++) {
            leader.append("entry " + i);
        }
        List<String> before = leader.announced();
        stopAll();
        cluster.startAll().leader();
        for (TestCluster.Node node : cluster.nodes.values()) {
            node.read();
            assertThat(node.announced()).isEqualTo(before);
            assertThat(node.replaced()).isPositive();
        }
    }

    @Test
    @DisplayName("old log files that a crash left behind a snapshot are deleted; they are no damage")
    void deletesWhatASnapshotReplaced() throws IOException {
        TestCluster.Node leader = three(TestCluster.SMALL).leader();
        Path first = null;
        for (int i = 0; first == null || firstIndex(leader.name) <= endOf(first) + 1; i++) {
            leader.append("entry " + i);
            if (first == null) {
                first = firstClosed(leader.name);
                if (first != null) {
                    Files.copy(first, base.resolve("kept"));
                }
            }
        }
        List<String> before = leader.announced();
        stopAll();
        Files.move(base.resolve("kept"), first);
        cluster.startAll().leader();
        TestCluster.Node again = cluster.node(leader.name);
        again.read();
        assertThat(again.announced()).isEqualTo(before);
        assertThat(first).doesNotExist();
    }

    @Test
    @DisplayName(
            "killed after a snapshot was installed, before the old log was deleted: the node goes on behind the snapshot")
    void startsBehindAnInstalledSnapshot() throws IOException {
        TestCluster.Node leader = three(TestCluster.SMALL).leader();
        leader.append("first");
        String away = cluster.follower().name;
        cluster.stop(away);
        leader = cluster.leaderAmong(List.copyOf(cluster.nodes.keySet()));
        for (int i = 0; i < 300; i++) {
            leader.append("entry " + i);
        }
        String other = leader.name;
        cluster.stop(other); // its snapshot's files stay as they are
        Path from = cluster.current(other).resolveSibling("sm");
        Path to = cluster.current(away).resolveSibling("sm");
        try (var files = Files.newDirectoryStream(from)) {
            for (Path file : files) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
        cluster.start(other);
        TestCluster.Node back = cluster.start(away);
        cluster.leader();
        assertThat(back.append("goes on").index()).isGreaterThan(300);
        assertThat(back.health().well()).isTrue();
    }

    private long firstIndex(String node) throws IOException {
        long first = Long.MAX_VALUE;
        try (var files = Files.newDirectoryStream(cluster.current(node), "log_*")) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                first = Math.min(first, Long.parseLong(name.replaceAll("log_(?:inprogress_)?(\\d+).*", "$1")));
            }
        }
        return first;
    }

    private static long endOf(Path segment) {
        return Long.parseLong(segment.getFileName().toString().replaceAll(".*-", ""));
    }

    private @Nullable Path firstClosed(String node) throws IOException {
        try (var files = Files.newDirectoryStream(cluster.current(node), "log_0-*")) {
            Iterator<Path> found = files.iterator();
            return found.hasNext() ? found.next() : null;
        }
    }

    @Test
    @DisplayName("a torn last record is cut off: it was never acknowledged")
    void tornTail() throws IOException {
        three(TestCluster.TUNING).leader().append("kept");
        stopAll();
        for (String name : cluster.voters) {
            try (RandomAccessFile file = new RandomAccessFile(open(name).toFile(), "rw")) {
                file.seek(file.length());
                file.write(new byte[] {0x40, 0x08, 0x01, 0x10, 0x7f, 0x1a}); // the beginning of a record
            }
        }
        cluster.startAll().leader();
        cluster.node("n1").read();
        assertThat(cluster.node("n1").announced()).containsExactly("kept");
        cluster.node("n1").append("more");
    }

    @Test
    @DisplayName(
            "a torn last record among the zeros that the file was filled with in advance is cut off too, however much of it was written")
    void tornTailInAFilledFile() throws IOException {
        three(TestCluster.TUNING).leader().append("kept");
        stopAll();
        int cut = 1;
        for (String name : cluster.voters) {
            tearLastRecord(open(name), cut);
            cut += 2; // of the last four bytes, which are the checksum: 1, 3, and the end of the text
        }
        cluster.startAll().leader();
        cluster.node("n1").append("more");
    }

    /**
     * Repeats the last record without its last bytes, and fills the file with zeros as Ratis does.
     *
     * @param least so many bytes at least: where those are zeros themselves, the record would be whole
     */
    private static void tearLastRecord(Path file, int least) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        int last = 8;
        int end = 8;
        while (end < bytes.length && bytes[end] != 0) {
            last = end;
            boolean small = bytes[end] > 0; // a length below 128, in one byte
            end += (small ? 1 + bytes[end] : 2 + ((bytes[end] & 0x7f) | (bytes[end + 1] << 7))) + 4;
        }
        int length = end - last;
        int missing = least;
        while (bytes[end - missing] == 0) {
            missing++;
        }
        byte[] torn = java.util.Arrays.copyOf(bytes, last + 2 * length - missing);
        System.arraycopy(bytes, last, torn, last + length, length - missing);
        assertThat(LogCheck.torn(bytes)).isEqualTo(-1);
        byte[] filled = java.util.Arrays.copyOf(torn, 65536);
        assertThat(LogCheck.torn(filled)).isEqualTo(last + length);
        Files.write(file, filled);
    }

    @Test
    @DisplayName("a last record that is there to its end is not torn: it may have been acknowledged")
    void damagedTailInAFilledFile() throws IOException {
        three(TestCluster.TUNING).leader().append("kept");
        stopAll();
        byte[] bytes = java.util.Arrays.copyOf(Files.readAllBytes(open("n1")), 65536);
        int end = (int) Files.size(open("n1"));
        for (int bit = 0; bit < (end - 8) * 8; bit++) {
            bytes[8 + bit / 8] ^= (byte) (1 << bit % 8);
            assertThat(LogCheck.hole(bytes) >= 0 || LogCheck.torn(bytes) < 0)
                    .as("bit " + bit)
                    .isTrue();
            bytes[8 + bit / 8] ^= (byte) (1 << bit % 8);
        }
    }

    @Test
    @DisplayName(
            "a flipped byte in the log: the node stays out and names the command that mends it; then that mends it")
    void flippedByte() throws IOException {
        TestCluster.Node leader = three(TestCluster.TUNING).leader();
        for (int i = 0; i < 20; i++) {
            leader.append("entry " + i);
        }
        String victim = cluster.follower().name;
        cluster.stop(victim);
        flip(open(victim), 0.5);
        TestCluster.Node back = cluster.start(victim);
        TestCluster.until("it refuses", () -> back.health().problem().contains("corrupt"));
        assertThat(back.health().remedy()).contains("ha:voter replace " + victim);
        TestCluster.Node now = cluster.leaderAmong(
                cluster.voters.stream().filter(n -> !n.equals(victim)).toList());
        now.append("without it");
        ReplicatedLog.Voters voters = now.change(new ReplicatedLog.VoterChange.Replace(victim));
        assertThat(voters.voting()).containsExactly("n1", "n2", "n3");
        assertThat(voters.index()).isPositive();
        TestCluster.until("it is well", () -> back.health().well());
        back.append("with it");
        assertThat(back.announced()).contains("entry 19", "without it", "with it");
        cluster.stop(victim);
        cluster.start(victim).read();
    }

    @Test
    @DisplayName("a flipped bit in a record's length looks like a torn end to Ratis, and is refused all the same")
    void flippedLength() throws IOException {
        TestCluster.Node leader = three(TestCluster.TUNING).leader();
        for (int i = 0; i < 20; i++) {
            leader.append("entry " + i);
        }
        String victim = cluster.follower().name;
        cluster.stop(victim);
        Path file = open(victim);
        byte[] bytes = Files.readAllBytes(file);
        assertThat(LogCheck.hole(bytes)).isEqualTo(-1);
        int second = 8 + 1 + bytes[8] + 4; // behind the header and the first record, which is short
        bytes[second] |= (byte) 0x7f;
        assertThat(LogCheck.hole(bytes)).isEqualTo(second);
        Files.write(file, bytes);
        TestCluster.Node back = cluster.start(victim);
        TestCluster.until("it refuses", () -> back.health().problem().contains("corrupt"));
    }

    @Test
    @DisplayName("a wiped voter does not come back by itself, with or without its identity file")
    void wiped() throws IOException {
        TestCluster.Node leader = three(TestCluster.TUNING).leader();
        leader.append("kept");
        TestCluster.until(
                "all are known to have stored something",
                () -> leader.loop.call(leader.ledger::seated).size() == 3);
        String victim = cluster.follower().name;
        cluster.stop(victim);
        Disk.deleteTree(cluster.folder(victim));
        TestCluster.Node first = cluster.start(victim);
        TestCluster.until("it refuses", () -> first.health().remedy().contains("ha:voter replace " + victim));
        assertThat(first.health().problem()).contains("is gone");
        cluster.stop(victim);
        Disk.deleteTree(base.resolve(victim)); // the whole node, marker and all
        TestCluster.Node second = cluster.start(victim);
        TestCluster.until("it refuses", () -> second.health().problem().contains("wiped"));
        assertThat(second.health().remedy()).contains("ha:voter replace " + victim);
        cluster.leaderAmong(
                        cluster.voters.stream().filter(n -> !n.equals(victim)).toList())
                .change(new ReplicatedLog.VoterChange.Replace(victim));
        second.read();
        assertThat(second.announced()).containsExactly("kept");
    }

    @Test
    @DisplayName("a log of a newer version is refused, and left as it is")
    void newerFormat() throws IOException {
        three(TestCluster.TUNING).leader().append("kept");
        stopAll();
        Path identity = base.resolve("n1").resolve("ledger.identity");
        Files.writeString(identity, Files.readString(identity).replace("format=1", "format=" + (Identity.FORMAT + 1)));
        TestCluster.Node node = cluster.start("n1");
        TestCluster.until("it refuses", () -> node.health().problem().contains("newer version"));
        cluster.start("n2");
        cluster.start("n3");
        cluster.leaderAmong(List.of("n2", "n3")).append("the others go on");
    }

    @Test
    @DisplayName("an entry that only a newer version knows stops this node alone, and says so")
    void newerEntry() {
        cluster = new TestCluster(base, TestCluster.TUNING, "n1", "n2", "n3");
        cluster.start("n1");
        cluster.start("n2");
        TestCluster.Node old = cluster.start("n3", new HoldfastModel() {
            @Override
            public Entry decode(byte[] bytes) throws NewerFormat {
                Entry entry = super.decode(bytes);
                if (entry.command().equals(TestCluster.announce("of tomorrow"))) {
                    throw new NewerFormat("the command Tomorrow is not known to this version");
                }
                return entry;
            }
        });
        TestCluster.Node leader = cluster.leader();
        TestCluster.Node other = leader == old ? cluster.node("n1") : leader;
        other.append("of today");
        try {
            other.append("of tomorrow");
        } catch (LedgerException e) {
            assertThat(e.kind()).isEqualTo(LedgerException.Kind.UNKNOWN);
        }
        TestCluster.until("it stops", () -> old.health().problem().contains("newer version"));
        assertThat(old.health().problem()).contains("Tomorrow");
        assertThat(old.announced()).containsExactly("of today");
        cluster.leaderAmong(List.of("n1", "n2")).append("the others go on");
    }

    @Test
    @DisplayName(
            "the disk fails: the node confirms nothing more, leaves the vote with a clear message, and the others go on")
    void diskFails() throws IOException {
        TestCluster.Node leader = three(TestCluster.TUNING).leader();
        leader.append("kept");
        TestCluster.Node victim = cluster.follower();
        // Every file of the log that could come next cannot be made.
        for (int index = 1; index < 200; index++) {
            Files.createSymbolicLink(
                    cluster.current(victim.name).resolve("log_inprogress_" + index), base.resolve("no/such/folder"));
        }
        cluster.stop(leader.name); // a new term begins a new file
        TestCluster.until("it says so", () -> !victim.health().well());
        assertThat(victim.health().problem()).contains("cannot be written");
        assertThat(victim.health().remedy()).contains("ha:voter replace " + victim.name);
        assertThat(victim.loop.call(victim.ledger::leadership).self()).isFalse();
        cluster.start(leader.name);
        List<String> rest =
                cluster.voters.stream().filter(n -> !n.equals(victim.name)).toList();
        TestCluster.Node next = cluster.leaderAmong(rest);
        next.append("they go on");
        assertThat(next.announced()).containsExactly("kept", "they go on");
    }

    @Test
    @DisplayName("the vote cannot be written: the node does not vote")
    void voteFails() throws IOException {
        TestCluster.Node leader = three(TestCluster.TUNING).leader();
        leader.append("kept");
        Path current = cluster.current(leader.name);
        Files.move(current, current.resolveSibling("taken-away"));
        List<String> rest =
                cluster.voters.stream().filter(n -> !n.equals(leader.name)).toList();
        cluster.network.isolate(leader.name); // so that there is a new term to be noted
        cluster.leaderAmong(rest).append("meanwhile");
        cluster.network.heal();
        TestCluster.until("it says so", () -> !leader.health().well());
        assertThat(leader.health().remedy()).contains("ha:voter replace " + leader.name);
        cluster.leaderAmong(rest).append("they go on");
    }

    @ParameterizedTest
    @ValueSource(strings = {"No space left on device", "Too many open files"})
    @DisplayName(
            "a full disk, or no file descriptor left: the node leaves the vote and comes back by itself when there is room")
    void comesBackWhenThereIsRoom(String error) {
        TestCluster.Node leader = three(TestCluster.TUNING).leader();
        leader.append("kept");
        TestCluster.Node victim = cluster.follower();
        victim.loop.call(() -> {
            victim.ledger.keeper().logFailed(new IOException(error));
            return null;
        });
        TestCluster.until("it says so", () -> victim.health().problem().contains(error));
        leader.append("meanwhile");
        TestCluster.until("it is back", () -> victim.health().well());
        victim.read();
        assertThat(victim.announced()).containsExactly("kept", "meanwhile");
    }

    @Test
    @DisplayName("an election ends because its term cannot be noted: the next one is begun all the same")
    void electsAfterAnElectionThatFailed() throws IOException {
        three(TestCluster.TUNING);
        cluster.stop(cluster.follower().name);
        TestCluster.Node leader = cluster.leader();
        leader.append("kept");
        cluster.network.isolate(leader.name);
        leader.loop.call(() -> leader.ledger.append(TestCluster.announce("alone"), TestCluster.LIMIT));
        TestCluster.until(
                "it gives up the lead",
                () -> !leader.loop.call(leader.ledger::leadership).self());
        Path inTheWay = Files.createDirectory(cluster.current(leader.name).resolve("raft-meta.tmp"));
        cluster.network.heal(); // nobody else can be elected now: only its log has all
        TestCluster.until("it stands and asks for nothing", standsStill(leader));
        Files.delete(inTheWay);
        cluster.leader().append("more");
        assertThat(leader.announced()).containsExactly("kept", "alone", "more");
    }

    /** Whether it is a candidate and has asked for no vote for longer than one turn of an election takes. */
    private static BooleanSupplier standsStill(TestCluster.Node node) {
        Engine engine = node.loop.call(node.ledger::engine);
        AtomicLong asked = new AtomicLong(-1);
        AtomicLong since = new AtomicLong();
        return () -> {
            long now = System.nanoTime();
            if (!engine.isCandidate() || asked.getAndSet(engine.asked()) != engine.asked()) {
                since.set(now);
            }
            return now - since.get() > 2 * TestCluster.TUNING.rpcMax().toNanos();
        };
    }

    @Test
    @DisplayName("an identity of another node or cluster is refused by name")
    void foreign() throws IOException {
        three(TestCluster.TUNING).leader();
        stopAll();
        Path identity = base.resolve("n1").resolve("ledger.identity");
        Files.writeString(identity, Files.readString(identity).replace("node=n1", "node=nx"));
        TestCluster.Node node = cluster.start("n1");
        TestCluster.until("it refuses", () -> node.health().problem().contains("`nx`"));
    }

    @Test
    @DisplayName("closing and opening again is quick and leaves no thread behind")
    void leavesNothing() {
        TestCluster.Node leader = three(TestCluster.TUNING).leader();
        leader.append("kept");
        stopAll();
        Set<Thread> before = threads();
        for (int round = 0; round < 3; round++) {
            cluster.startAll().leader().append("round " + round);
            for (TestCluster.Node node : List.copyOf(cluster.nodes.values())) {
                long began = System.nanoTime();
                node.ledger.close();
                assertThat(System.nanoTime() - began).isLessThan(1_000_000_000L);
                cluster.stop(node.name);
            }
        }
        TestCluster.until("no thread is left", () -> {
            Set<Thread> left = threads();
            left.removeAll(before);
            return left.isEmpty();
        });
    }

    @Test
    @DisplayName("closing ends though the log is about to forget entries")
    void closesWhileItForgets() throws Exception {
        cluster = new TestCluster(base, TestCluster.FORGETFUL, "n1");
        TestCluster.Node node = cluster.startAll().leader();
        for (int i = 0; i < 20; i++) {
            node.append("entry");
        }
        SegmentedRaftLog raftLog =
                (SegmentedRaftLog) node.loop.call(node.ledger::engine).division.getRaftLog();
        Thread stop = new Thread(this::stopAll, "stop");
        AutoCloseableLock held = raftLog.readLock();
        try {
            stop.start();
            TestCluster.until("the log is being closed", RestartTest::closingLog);
            raftLog.get(raftLog.getStartIndex()); // it is read anew, and that makes the log forget
            Thread.sleep(100);
        } finally {
            held.close();
        }
        TestCluster.until(
                "no thread of the log is left",
                () -> threads().stream().noneMatch(thread -> thread.getName().startsWith("n1@")));
        stop.join(10_000);
        assertThat(stop.isAlive()).isFalse();
    }

    private static boolean closingLog() {
        return Thread.getAllStackTraces().values().stream()
                .flatMap(Stream::of)
                .anyMatch(frame -> frame.getClassName().equals(SegmentedRaftLog.class.getName())
                        && frame.getMethodName().equals("close"));
    }

    private static Set<Thread> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(t -> !t.getName().startsWith("wire") && !t.getName().startsWith("ForkJoinPool"))
                .collect(Collectors.toCollection(() -> new TreeSet<>((a, b) -> Long.compare(a.getId(), b.getId()))));
    }

    private long segments(String name) throws IOException {
        try (var files = Files.list(cluster.current(name))) {
            return files.filter(f -> f.getFileName().toString().startsWith("log_"))
                    .count();
        }
    }

    private Path open(String name) throws IOException {
        try (var files = Files.newDirectoryStream(cluster.current(name), "log_inprogress_*")) {
            return files.iterator().next();
        }
    }

    private static void flip(Path file, double where) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        int end = bytes.length;
        while (bytes[end - 1] == 0) {
            end--;
        }
        bytes[(int) (end * where)] ^= 0x55;
        Files.write(file, bytes);
    }
}
