package io.holdfast.fencing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

class LeaseArithmeticPropertyTest {
    private static final long HOUR = 3_600_000_000_000L;

    @Property
    void aPaddedSpanIsLongEnoughOnAnyOtherClock(
            @ForAll @LongRange(max = HOUR) long span, @ForAll @IntRange(min = -100, max = 100) int rate) {
        // the other clock runs slower by up to 1 %: while it counts span, this one counts up to span * 1.01
        double onThisClock = span * (1 + rate / 10_000.0);
        assertThat((double) LeaseArithmetic.padded(span)).isGreaterThanOrEqualTo(Math.floor(onThisClock));
        assertThat(LeaseArithmetic.padded(span)).isLessThanOrEqualTo(span + span / 100 + 1);
    }

    @Property
    void aWaitIsNeverNegativeAndNeverShorterForAYoungerAge(
            @ForAll @LongRange(max = HOUR) long span,
            @ForAll @LongRange(max = HOUR) long age,
            @ForAll @LongRange(max = HOUR) long younger) {
        long wait = LeaseArithmetic.waitLeft(span, age);
        assertThat(wait).isNotNegative();
        assertThat(wait + age).isGreaterThanOrEqualTo(LeaseArithmetic.padded(span));
        assertThat(LeaseArithmetic.waitLeft(span, Math.min(age, younger))).isGreaterThanOrEqualTo(wait);
    }

    @Property
    void aMajorityWasSentARenewalAtOrAfterS(@ForAll @IntRange(min = 1, max = 9) int size, @ForAll long seed) {
        Random random = new Random(seed);
        List<String> voters = voters(size);
        Map<String, Long> sent = some(voters, random);
        sent.put("stranger", Long.MAX_VALUE);
        OptionalLong s = LeaseArithmetic.majoritySent(voters, sent);
        long known = voters.stream().filter(sent::containsKey).count();
        assertThat(s.isPresent()).isEqualTo(known >= size / 2 + 1);
        if (s.isPresent()) {
            assertThat(since(voters, sent, s.getAsLong())).isGreaterThan(size / 2);
            assertThat(since(voters, sent, s.getAsLong() + 1)).isLessThanOrEqualTo(size / 2);
        }
    }

    private static long since(List<String> voters, Map<String, Long> sent, long at) {
        return voters.stream()
                .filter(voter -> sent.getOrDefault(voter, Long.MIN_VALUE) >= at)
                .count();
    }

    /** The heart: whatever was acknowledged and answered, no majority's wait ends before the lease and its kill time do. */
    @Property(tries = 5000)
    void theWaitOutlastsTheLease(@ForAll @IntRange(min = 1, max = 7) int size, @ForAll long seed) {
        Random random = new Random(seed);
        List<String> voters = voters(size);
        long span = 1L + random.nextInt(3000);
        Map<String, Long> sent = new HashMap<>();
        Map<String, Long> ends = new HashMap<>();
        for (String voter : voters) {
            long sentAt = random.nextInt(5000);
            long acknowledgedAt = sentAt + random.nextInt(500);
            boolean acknowledged = random.nextInt(4) > 0;
            if (acknowledged && random.nextInt(4) > 0) { // not every acknowledgement arrives
                sent.put(voter, sentAt);
            }
            long began = random.nextInt(6000);
            long answeredAt = Math.max(began, acknowledgedAt) + random.nextInt(5000);
            boolean remembers = acknowledged && acknowledgedAt >= began;
            // a voter that restarted acknowledged before it began
            long age =
                    answeredAt - (remembers ? acknowledgedAt : Math.max(began, acknowledged ? acknowledgedAt : began));
            if (random.nextInt(4) > 0) {
                ends.put(voter, answeredAt + random.nextInt(300) + LeaseArithmetic.waitLeft(span, age));
            }
        }
        OptionalLong s = LeaseArithmetic.majoritySent(voters, sent);
        OptionalLong end = LeaseArithmetic.endOfWait(voters, ends);
        if (s.isPresent() && end.isPresent()) {
            assertThat(end.getAsLong()).isGreaterThanOrEqualTo(s.getAsLong() + span);
        }
    }

    @Property
    void whoDidNotAnswerMayHaveAcknowledgedJustNow(@ForAll @IntRange(min = 1, max = 7) int size, @ForAll long seed) {
        Random random = new Random(seed);
        List<String> voters = voters(size);
        Map<String, Long> lastAcknowledged = new HashMap<>();
        Map<String, Long> quiet = new HashMap<>();
        long now = 100_000;
        for (String voter : voters) {
            long at = random.nextInt(100_000);
            lastAcknowledged.put(voter, at);
            if (random.nextInt(3) > 0) {
                quiet.put(voter, now - at);
            }
        }
        long sure = LeaseArithmetic.majorityQuiet(voters, quiet);
        long s = LeaseArithmetic.majoritySent(voters, lastAcknowledged).orElseThrow();
        assertThat(now - s).isGreaterThanOrEqualTo(sure);
    }

    private static Map<String, Long> some(List<String> voters, Random random) {
        Map<String, Long> some = new HashMap<>();
        voters.stream()
                .filter(voter -> random.nextInt(3) > 0)
                .forEach(voter -> some.put(voter, (long) random.nextInt(50)));
        return some;
    }

    private static List<String> voters(int size) {
        List<String> voters = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            voters.add("n" + i);
        }
        return voters;
    }
}
