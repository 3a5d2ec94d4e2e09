package io.holdfast.lab.torture;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Reads a history afterwards and says what in it must not be. It believes no node: only resources, which speak for themselves, and the
 * torture, which knows what it did.
 */
final class Judge {
    /** A resource that was silent for less may have been there all the time: it speaks 50 times a second. */
    static final Duration SILENCE = Duration.ofMillis(600);

    /** What has no token is another one after so long a silence. */
    private static final Duration NEW_LIFE = Duration.ofMillis(100);

    private static final int EXCERPT = 6;

    private static final Pattern SILENT = Pattern.compile("silent since ([0-9.]+) (ms|s),");

    private final Layout layout;
    private final Duration bound;
    private final long lease;
    private final List<Line> lines;
    private final Map<String, String> machines = new HashMap<>();
    private final Map<String, List<Life>> lives = new TreeMap<>();
    private final List<Episode> episodes = new ArrayList<>();
    private final List<Line> stalls;
    private final Map<String, NavigableMap<Long, Long>> starved = new HashMap<>();
    private final List<Violation> violations = new ArrayList<>();
    private int excused;

    /** A line of the history. */
    record Line(long at, String kind, String text) {
        static Line of(String line) {
            String[] parts = line.split(" ", 3);
            return new Line(Long.parseLong(parts[0]), parts[1], parts.length > 2 ? parts[2] : "");
        }

        String word(int index) {
            return text.split(" ")[index];
        }

        int words() {
            return text.split(" ").length;
        }

        long number(int index) {
            return Long.parseLong(word(index));
        }

        Set<String> names(int index) {
            return word(index).equals("-") ? Set.of() : Set.of(word(index).split(","));
        }

        @Override
        public String toString() {
            return at + " " + kind + " " + text;
        }
    }

    /** What must not be, and the lines of the history that show it. */
    record Violation(long at, String text, List<String> excerpt) {}

    /** One running of a resource: by one process (or, without token, without a pause) on one machine under one token. */
    private static final class Life {
        final String machine;
        final long token;
        final long pid;
        final long from;
        long to;
        long longestPause;
        long pauseAt;

        Life(String machine, long token, long pid, long from) {
            this.machine = machine;
            this.token = token;
            this.pid = pid;
            this.from = from;
            this.to = from;
        }

        void alive(long at) {
            if (at - to > longestPause) {
                longestPause = at - to;
                pauseAt = to;
            }
            to = at;
        }

        boolean is(String otherMachine, long otherToken, long otherPid) {
            return machine.equals(otherMachine) && token == otherToken && pid == otherPid;
        }

        @Override
        public String toString() {
            return "on " + machine + (token == 0 ? "" : " (token " + token + ", process " + pid + ")") + " from " + from
                    + " to " + to;
        }
    }

    /** Some faults that overlap, and the time until all is well again. */
    private final class Episode {
        final long from;
        final List<Line> faults = new ArrayList<>();
        long healed = Long.MAX_VALUE;
        long to = Long.MAX_VALUE;

        Episode(long from) {
            this.from = from;
        }

        /** {@return the nodes that may lose what they run} */
        Set<String> hurt() {
            Set<String> all = new HashSet<>();
            if (faults.size() == 1 && faults.get(0).word(3).equals("harmless")) {
                return all;
            }
            faults.forEach(fault -> all.addAll(fault.names(1)));
            return layout.voters().size() - all.size() < layout.majority() ? Set.copyOf(layout.voters()) : all;
        }

        /** {@return the resources that may be interrupted wherever they are} */
        Set<String> touched() {
            Set<String> all = new HashSet<>();
            faults.forEach(fault -> all.addAll(fault.names(2)));
            return all;
        }

        String causes() {
            return String.join(
                    "; ",
                    faults.stream().map(fault -> fault.text().split(" ", 5)[4]).toList());
        }
    }

    Judge(Layout layout, Duration bound, Path history) {
        this.layout = layout;
        this.bound = bound;
        try (Stream<String> all = Files.lines(history)) {
            lines = all.map(Line::of).sorted(Comparator.comparingLong(Line::at)).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        stalls = of("stall");
        lease = of("begin").stream()
                .findFirst()
                .map(line -> line.number(1) * 1_000_000)
                .orElseThrow(() -> new IllegalArgumentException(history + " has no begin"));
        lines.forEach(this::take);
        judge();
    }

    private List<Line> of(String kind) {
        return lines.stream().filter(line -> line.kind().equals(kind)).toList();
    }

    private void take(Line line) {
        switch (line.kind()) {
            case "machine" -> machines.put(line.word(1), line.word(0));
            case "alive" -> alive(line);
            case "starved" ->
                starved.computeIfAbsent(line.word(0), node -> new TreeMap<>()).put(line.at(), line.number(1));
            case "fault" -> episode(line.at()).faults.add(line);
            case "healed" -> episode(line.at()).healed = line.at();
            case "calm" -> calm(line.at());
            default -> {
                // read where it is judged
            }
        }
    }

    private void calm(long at) {
        if (!episodes.isEmpty()) {
            episodes.get(episodes.size() - 1).to = at;
        }
    }

    private Episode episode(long at) {
        if (episodes.isEmpty() || episodes.get(episodes.size() - 1).to != Long.MAX_VALUE) {
            episodes.add(new Episode(at));
        }
        return episodes.get(episodes.size() - 1);
    }

    private void alive(Line line) {
        String[] words = line.text().split(" ");
        String machine = machines.getOrDefault(words[1], "an unknown machine " + words[1]);
        long token = Long.parseLong(words[2]);
        long pid = Long.parseLong(words[3]);
        List<Life> all = lives.computeIfAbsent(words[0], key -> new ArrayList<>());
        for (int i = all.size() - 1; i >= 0; i--) {
            Life life = all.get(i);
            if (life.is(machine, token, pid)
                    && (token > 0 || line.at() - life.to < NEW_LIFE.toNanos() + stalledNanos(life.to, line.at()))) {
                life.alive(line.at());
                return;
            }
        }
        all.add(new Life(machine, token, pid, line.at()));
    }

    /** {@return the nanoseconds that the machine stood still in, between two times} */
    private long stalledNanos(long from, long to) {
        long sum = 0;
        for (Line stall : stalls) {
            long length = stall.number(0) * 1_000_000;
            sum += Math.max(0, Math.min(to, stall.at()) - Math.max(from, stall.at() - length));
        }
        return sum;
    }

    private void judge() {
        lives.forEach(this::neverTwo);
        lives.forEach(this::tokensGrow);
        lives.forEach(this::nothingWithoutACause);
        lives.forEach(this::everyGrantIsExplained);
        changesStay();
        everythingComesBack();
        nobodyWellIsFenced();
        faultsComeAbout();
        new Timeline(lines, lease, this::stalledOrStarved, this::violation).judge(lines);
        if (!of("found").isEmpty()) {
            new Statuses(this::violation).judge(lines);
        }
        of("smb").stream()
                .filter(line -> line.number(1) > 0)
                .forEach(line -> violation(line.at(), line.word(1) + " acknowledged writes to the share were lost"));
        of("twice").forEach(line -> violation(line.at(), "two machines answered for one address: " + line.text()));
        if (of("end").isEmpty()) {
            violation(lines.isEmpty() ? 0 : lines.get(lines.size() - 1).at(), "the history has no end");
        }
        violations.sort(Comparator.comparingLong(Violation::at));
    }

    private void violation(long at, String text) {
        violations.add(new Violation(at, text, excerpt(at)));
    }

    /** {@return the lines of all resources next to a time, and what the torture did around it} */
    private List<String> excerpt(long at) {
        List<Line> near = new ArrayList<>();
        long span = Duration.ofSeconds(20).toNanos();
        lines.stream()
                .filter(line -> Math.abs(line.at() - at) < span
                        && !List.of("alive", "asked", "acked", "starved", "granted", "event", "shown")
                                .contains(line.kind()))
                .forEach(near::add);
        Map<String, List<Line>> before = new LinkedHashMap<>();
        List<Line> after = new ArrayList<>();
        for (Line line : lines) {
            if (line.kind().equals("alive") && line.at() < at) {
                List<Line> some = before.computeIfAbsent(line.word(0) + line.word(1), key -> new ArrayList<>());
                some.add(line);
                if (some.size() > 2) {
                    some.remove(0);
                }
            } else if (line.kind().equals("alive") && after.size() < EXCERPT) {
                after.add(line);
            }
        }
        before.values().forEach(near::addAll);
        near.addAll(after);
        near.removeIf(line -> Math.abs(line.at() - at) > span);
        near.sort(Comparator.comparingLong(Line::at));
        return near.stream().map(Line::toString).toList();
    }

    private void neverTwo(String resource, List<Life> all) {
        for (int i = 0; i < all.size(); i++) {
            for (int j = i + 1; j < all.size(); j++) {
                Life one = all.get(i);
                Life other = all.get(j);
                if (other.from <= one.to && one.from <= other.to) {
                    violation(
                            Math.max(one.from, other.from), resource + " was active twice: " + one + ", and " + other);
                }
            }
        }
    }

    private void tokensGrow(String resource, List<Life> all) {
        Life newest = null;
        for (Life life : all) {
            if (life.token > 0 && newest != null) {
                if (life.token < newest.token) {
                    violation(
                            life.from,
                            resource + ": an older token came after a newer one: " + newest + ", then " + life);
                } else if (life.token == newest.token && !life.machine.equals(newest.machine)) {
                    violation(life.from, resource + ": one token on two machines: " + newest + ", then " + life);
                }
            }
            if (life.token > 0 && (newest == null || life.token > newest.token)) {
                newest = life;
            }
        }
    }

    /** Whoever asks the cluster why a resource runs where it does is told. */
    private void everyGrantIsExplained(String resource, List<Life> all) {
        if (of("found").isEmpty()) {
            return; // nobody was asked at the end
        }
        Map<Long, String> reasons = new HashMap<>();
        of("granted").stream()
                .filter(line -> line.word(0).equals(resource))
                .forEach(line -> reasons.put(line.number(1), line.text().split(" ", 3)[2]));
        Set<Long> told = new HashSet<>();
        for (Life life : all) {
            String reason = reasons.getOrDefault(life.token, "").strip();
            if (life.token > 0 && reason.length() < 3 && told.add(life.token)) {
                violation(life.from, resource + " ran " + life + ", and the cluster does not say why");
            }
        }
    }

    /** Outside the episodes nothing stops; within one, only what its faults may hurt. */
    private void nothingWithoutACause(String resource, List<Life> all) {
        for (int i = 0; i < all.size(); i++) {
            Life life = all.get(i);
            if (life.longestPause > 0) {
                interruption(resource, life, life.pauseAt, life.pauseAt + life.longestPause, life.machine);
            }
            if (i + 1 < all.size()) {
                interruption(resource, life, life.to, all.get(i + 1).from, all.get(i + 1).machine);
            }
        }
    }

    private void interruption(String resource, Life life, long from, long to, String next) {
        boolean moved = !next.equals(life.machine);
        if (!moved && to - from < SILENCE.toNanos() + stalledNanos(from, to)) {
            return;
        }
        Optional<Episode> during = episodes.stream()
                .filter(episode -> from <= episode.to && to >= episode.from)
                .findFirst();
        String what = resource + (moved ? " moved from " + life.machine + " to " + next : " was interrupted on " + next)
                + " (" + (to - from) / 1_000_000 + " ms)";
        if (during.isEmpty()) {
            if (!firstStart(from)) {
                unlessStalled(from, to, what + " though there was no fault");
            }
        } else if (!during.get().hurt().contains(life.machine)
                && !during.get().touched().contains(resource)) {
            unlessStalled(
                    from,
                    to,
                    what + " though nothing befell it: " + during.get().causes());
        }
    }

    private boolean firstStart(long at) {
        return of("calm").stream().findFirst().map(calm -> at < calm.at()).orElse(true);
    }

    /** When the machine under all of them stood still, or had no processor for a node, a lease may end that nobody touched. */
    private void unlessStalled(long from, long to, String what) {
        if (Math.max(stalledNanos(from - 2 * lease, to), starvedNanos(from - 2 * lease, from + lease)) < lease / 2) {
            violation(from, what);
        } else {
            excused++;
        }
    }

    private long stalledOrStarved(long from, long to) {
        return Math.max(stalledNanos(from, to), starvedNanos(from, to));
    }

    /** {@return for how long the node that had it worst waited for a processor, between two times} */
    private long starvedNanos(long from, long to) {
        return starved.values().stream()
                .mapToLong(all -> all.subMap(from, to).values().stream()
                        .mapToLong(ms -> ms * 1_000_000)
                        .sum())
                .max()
                .orElse(0);
    }

    private void changesStay() {
        if (of("found").isEmpty() && !of("lost").isEmpty()) {
            return; // nobody could be asked, which is a violation already
        }
        Map<String, Long> acked = new HashMap<>();
        Set<String> asked = new HashSet<>();
        Set<String> known = new HashSet<>();
        Map<String, Line> found = new HashMap<>();
        for (Line line : lines) {
            switch (line.kind()) {
                case "asked" -> asked.add(line.text());
                case "acked" -> {
                    acked.merge(line.word(0), line.number(1), Math::max);
                    known.add(line.text());
                }
                case "found" -> found.put(line.word(0), line);
                default -> {
                    // not about changes
                }
            }
        }
        acked.forEach((key, value) -> {
            Line line = found.get(key);
            if (line == null) {
                violation(lines.get(lines.size() - 1).at(), key + " " + value + " was acknowledged and is not there");
            } else if (line.number(1) < value && known.contains(line.text())) {
                violation(line.at(), key + " " + value + " was acknowledged, but " + line.number(1) + " is there");
            }
        });
        found.values().stream()
                .filter(line -> line.number(1) > 0 && !asked.contains(line.text()))
                .forEach(line -> violation(line.at(), line.text() + " is there, but nobody asked for it"));
    }

    private void everythingComesBack() {
        of("lost")
                .forEach(line -> violation(
                        line.at(), "not well " + bound.toSeconds() + " s after the last fault: " + line.text()));
        for (Episode episode : episodes) {
            if (episode.to != Long.MAX_VALUE
                    && episode.to - episode.healed > bound.toNanos() + SILENCE.toNanos() * 20) {
                violation(
                        episode.to,
                        "well only " + (episode.to - episode.healed) / 1_000_000 + " ms after the last fault");
            }
        }
    }

    private void nobodyWellIsFenced() {
        of("expelled").forEach(this::silentForItsLease);
        Stream.of("expelled", "reset").flatMap(kind -> of(kind).stream()).forEach(line -> {
            Optional<Episode> during = episodes.stream()
                    .filter(episode -> line.at() >= episode.from && line.at() <= episode.to)
                    .findFirst();
            if (during.isEmpty() || !during.get().hurt().contains(line.word(0))) {
                unlessStalled(
                        line.at(),
                        line.at(),
                        line.word(0) + " was " + line.kind() + " though nothing befell it"
                                + during.map(episode -> ": " + episode.causes()).orElse(""));
            }
        });
    }

    /** However busy the machine was: who says that it heard nothing for less than a lease had no right to expel. */
    private void silentForItsLease(Line expelled) {
        Matcher said = SILENT.matcher(expelled.text());
        if (said.find()) {
            double ms = Double.parseDouble(said.group(1)) * (said.group(2).equals("s") ? 1000 : 1);
            if (ms < lease / 1e6) {
                violation(
                        expelled.at(),
                        expelled.word(0) + " was expelled after a silence of only " + Math.round(ms) + " ms");
            }
        }
    }

    /** A fault that was alone and still did not come about is a mistake of the torture's own. */
    private void faultsComeAbout() {
        episodes.stream()
                .filter(episode -> episode.faults.size() == 1)
                .map(episode -> episode.faults.get(0))
                .forEach(fault -> of("void").stream()
                        .filter(line -> line.word(0).equals(fault.word(0)))
                        .forEach(line -> violation(
                                line.at(), "fault " + fault.word(0) + " did not come about: " + line.text())));
    }

    /** {@return how many faults came about} */
    int faults() {
        return of("fault").size() - voided();
    }

    /** {@return how many did not, because others had taken what they need} */
    int voided() {
        return of("void").size();
    }

    /** {@return how many interruptions had no other cause than that the machine itself stood still} */
    int excused() {
        return excused;
    }

    List<Violation> violations() {
        return violations;
    }

    /** {@return for each resource the longest time in which it did not announce itself, in milliseconds} */
    Map<String, Long> outages() {
        Map<String, Long> longest = new TreeMap<>();
        lives.forEach((resource, all) -> {
            long most = 0;
            long until = Long.MAX_VALUE;
            for (Life life : all) {
                most = Math.max(most, Math.max(life.longestPause, life.from - Math.min(life.from, until)));
                until = until == Long.MAX_VALUE ? life.to : Math.max(until, life.to);
            }
            longest.put(resource, most / 1_000_000);
        });
        return longest;
    }

    /** {@return for each episode the time from the end of its faults until all was well, in milliseconds} */
    List<Long> recoveries() {
        return episodes.stream()
                .filter(episode -> episode.to != Long.MAX_VALUE && episode.healed != Long.MAX_VALUE)
                .map(episode -> (episode.to - episode.healed) / 1_000_000)
                .toList();
    }

    /** {@return for how long a node waited for a processor within a lease's time, at the worst, in milliseconds} */
    long mostStarved() {
        return starved.values().stream()
                .flatMap(all -> all.keySet().stream())
                .mapToLong(at -> starvedNanos(at - lease, at + 1) / 1_000_000)
                .max()
                .orElse(0);
    }

    /** {@return the longest time that the machine under it all stood still, in milliseconds} */
    long longestStall() {
        return stalls.stream().mapToLong(stall -> stall.number(0)).max().orElse(0);
    }
}
