package io.holdfast.fencing;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/** The arithmetic that safety rests on. Nanoseconds throughout; waits are rounded up and ages down. */
final class LeaseArithmetic {
    /** The clock rates of any two machines differ by at most one part in this many: 1 %. */
    private static final long RHO_PARTS = 100;

    private LeaseArithmetic() {}

    /** {@return a span that is certainly as long as {@code span} on every other clock} */
    static long padded(long span) {
        if (span < 0) {
            throw new IllegalArgumentException("A span of " + span + " ns is none");
        }
        return Math.addExact(span, (span + RHO_PARTS - 1) / RHO_PARTS);
    }

    /** {@return what is left of {@code span}, as it may last on another clock, when {@code age} of it has passed on this one} */
    static long waitLeft(long span, long age) {
        return Math.max(0, padded(span) - Math.max(0, age));
    }

    /** {@return how many of {@code voters} are a majority} */
    static int majority(int voters) {
        return voters / 2 + 1;
    }

    /**
     * {@return the latest time at or after which a majority of {@code voters} were all sent a renewal that they acknowledged; empty
     * if no majority ever acknowledged}
     *
     * @param sent for each voter, when the newest renewal that it acknowledged was sent; others are passed over
     */
    static OptionalLong majoritySent(List<String> voters, Map<String, Long> sent) {
        long[] times = sorted(voters, sent);
        int needed = majority(voters.size());
        return voters.isEmpty() || times.length < needed
                ? OptionalLong.empty()
                : OptionalLong.of(times[times.length - needed]);
    }

    /**
     * {@return when the wait of the majority of {@code voters} that is through first ends; empty while no majority answered}
     *
     * @param ends for each voter that answered, the arrival of its answer plus its own wait; others are passed over
     */
    static OptionalLong endOfWait(List<String> voters, Map<String, Long> ends) {
        long[] times = sorted(voters, ends);
        int needed = majority(voters.size());
        return voters.isEmpty() || times.length < needed ? OptionalLong.empty() : OptionalLong.of(times[needed - 1]);
    }

    /** {@return what is known of these voters, each counted once, in order} */
    private static long[] sorted(List<String> voters, Map<String, Long> known) {
        long[] values = new long[voters.size()];
        int count = 0;
        for (int i = 0; i < values.length; i++) {
            Long value = known.get(voters.get(i));
            if (value != null && first(voters, i)) {
                values[count++] = value;
            }
        }
        long[] all = count == values.length ? values : Arrays.copyOf(values, count);
        Arrays.sort(all);
        return all;
    }

    private static boolean first(List<String> voters, int i) {
        return voters.indexOf(voters.get(i)) == i;
    }

    /**
     * {@return for how long no majority of {@code voters} can have acknowledged: who did not answer may have done so just now}
     *
     * @param quiet for each voter that answered, for how long it acknowledged nothing; others are passed over
     */
    static long majorityQuiet(List<String> voters, Map<String, Long> quiet) {
        long[] times = new long[voters.size()];
        int count = 0;
        for (int i = 0; i < times.length; i++) {
            if (first(voters, i)) {
                times[count++] = Math.max(0, quiet.getOrDefault(voters.get(i), 0L));
            }
        }
        Arrays.sort(times, 0, count);
        return count == 0 ? 0 : times[Math.min(majority(voters.size()), count) - 1];
    }
}
