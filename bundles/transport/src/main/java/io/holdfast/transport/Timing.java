package io.holdfast.transport;

import java.time.Duration;

/**
 * Every time limit of the transport, from the one lease setting. All in milliseconds.
 *
 * @param connect how long a connection may take to be made
 * @param silence after how long without a sign from the other side a connection that has something under way is dropped
 * @param lease the lease duration
 */
record Timing(int connect, int silence, int lease) {

    /** {@return what follows from this lease duration} */
    static Timing of(Duration lease) {
        int millis = Math.toIntExact(lease.toMillis());
        // A third of the lease would do; below 400 ms a machine under full load would drop what is well.
        return new Timing(clamp(millis / 4, 150, 1000), clamp(millis / 2, 400, 1500), millis);
    }

    private static int clamp(int value, int least, int most) {
        return Math.max(least, Math.min(most, value));
    }

    int failureDetection() {
        return Math.max(lease, 600);
    }

    int heartbeat() {
        return failureDetection() / 2;
    }

    /** How often this node looks whom it has not heard. */
    int look() {
        return failureDetection() / 4;
    }

    /** How often JGroups looks what it has to send once more: below it nothing gets lost but with a connection. */
    int resend() {
        return clamp(lease / 2, 300, 1000);
    }

    int verify() {
        return clamp(lease / 4, 150, 1000);
    }

    int mergeMin() {
        return clamp(lease / 2, 300, 1000);
    }

    int mergeMax() {
        return 3 * mergeMin();
    }

    /** A round of looking for others takes as long as this when some of the voters are not there. */
    int join() {
        return clamp(lease / 4, 200, 500);
    }

    /** A planned swap of this layer is to take less than 300 ms, so leaving may not wait long for the others. */
    int leave() {
        return 100;
    }
}
