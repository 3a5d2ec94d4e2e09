package io.holdfast.cib;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.config.ConfigParser;
import io.holdfast.config.Parsed;
import io.holdfast.config.Purpose;
import io.holdfast.config.TypeLookup;
import io.holdfast.planner.cluster.Cluster;
import io.holdfast.planner.engine.Engine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * A CIB's plan is the same by way of the document. {@code -Dcib.folder=FOLDER} tries all {@code *.xml} there beside our own, and tells
 * how many came out the same.
 */
class RoundTripTest {
    private record Trip(String name, boolean whole, boolean sound, boolean same, List<String> left) {}

    private static Trip trip(Path file) throws IOException, CibException {
        String text = Files.readString(file);
        Cluster cluster = CibReader.read(text, 1_000_000_000);
        var converted = new DocumentWriter(cluster, new SourceLines(text)).write();
        Parsed parsed = ConfigParser.parse(converted.document(), file.toString(), TypeLookup.trusting(), Purpose.PLAN);
        boolean whole = converted.left().stream().noneMatch(RoundTripTest::counts);
        if (!(parsed instanceof Parsed.Sound sound)) {
            return new Trip(
                    file.getFileName().toString(),
                    whole,
                    false,
                    false,
                    ((Parsed.Faulty) parsed)
                            .problems().stream().map(Object::toString).toList());
        }
        boolean same =
                Engine.plan(Changes.applied(cluster, sound.configuration())).equals(Engine.plan(cluster));
        return new Trip(file.getFileName().toString(), whole, true, same, converted.left());
    }

    /** What is still taken from the CIB is not missed: options without a word here, states and attributes of nodes, devices. */
    private static boolean counts(String line) {
        return Stream.of(": option ", ": node ", "option ", ": fence device ", "no node runs agents of standard")
                .noneMatch(line::contains);
    }

    @Test
    void plansTheSameByWayOfTheDocument() throws Exception {
        List<Path> files = new ArrayList<>();
        try (Stream<Path> own = Files.list(Path.of("src/test/resources"))) {
            own.filter(file -> file.toString().endsWith(".xml")).sorted().forEach(files::add);
        }
        for (Path file : files) {
            Trip trip = trip(file);
            assertThat(trip.sound()).as("%s", trip).isTrue();
            assertThat(!trip.whole() || trip.same()).as("%s", trip).isTrue();
        }
        String folder = System.getProperty("cib.folder", "");
        if (!folder.isEmpty()) {
            tell(folder);
        }
    }

    private static void tell(String folder) throws Exception {
        int count = 0;
        int same = 0;
        int whole = 0;
        int wholeAndSame = 0;
        List<Path> files;
        try (Stream<Path> all = Files.list(Path.of(folder))) {
            files = all.filter(file -> file.toString().endsWith(".xml"))
                    .sorted()
                    .toList();
        }
        Map<String, Integer> reasons = new TreeMap<>();
        for (Path file : files) {
            Trip trip = trip(file);
            trip.left().stream()
                    .filter(RoundTripTest::counts)
                    .map(line -> line.replaceAll(
                            "^line \\d+: |(resource|clone|group|colocation|order|location|fence device) [^: ]+|every \\d+ ms|;.*",
                            ""))
                    .distinct()
                    .forEach(reason -> reasons.merge(reason, 1, Integer::sum));
            count++;
            same += trip.same() ? 1 : 0;
            whole += trip.whole() ? 1 : 0;
            wholeAndSame += trip.whole() && trip.same() ? 1 : 0;
            if (!trip.same()) {
                System.out.println((trip.whole() ? "WHOLE " : "") + (trip.sound() ? "" : "REFUSED ") + trip.name() + " "
                        + trip.left());
            }
        }
        reasons.forEach((reason, files1) -> System.out.println("reason " + files1 + " " + reason));
        System.out.printf(
                "%d files: %d the same; %d carried over whole, %d of them the same%n",
                count, same, whole, wholeAndSame);
    }
}
