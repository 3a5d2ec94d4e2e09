package io.holdfast.lab.torture;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** What chance gives a fault: whom it befalls and for how long. */
final class Draw {
    private final Random random;
    private final Layout layout;
    private final Duration lease;
    private final String leader;
    private final boolean brief;

    /** @param leader the node that leads now */
    Draw(Random random, Layout layout, Duration lease, String leader) {
        this.random = random;
        this.layout = layout;
        this.lease = lease;
        this.leader = leader;
        this.brief = random.nextInt(3) == 0;
    }

    /** {@return whether the fault is well shorter than the lease} */
    boolean brief() {
        return brief;
    }

    /** {@return a length, well below the lease or above it} */
    Duration span() {
        long ms = lease.toMillis();
        return Duration.ofMillis(
                brief ? ms / 10 + random.nextInt((int) (ms * 4 / 10)) : ms * 3 / 2 + random.nextInt((int) ms * 3));
    }

    /** {@return whether a silence is long enough for another leader to be found first} */
    boolean certain(Duration silence) {
        return silence.compareTo(lease.multipliedBy(3)) >= 0;
    }

    /** {@return a length above the lease} */
    Duration longSpan() {
        return Duration.ofMillis(lease.toMillis() * 2 + random.nextInt((int) lease.toMillis()));
    }

    /** {@return so many hundredths of the lease} */
    Duration share(int least, int most) {
        return lease.multipliedBy(number(least, most)).dividedBy(100);
    }

    /** {@return a length between the two} */
    Duration between(Duration least, Duration most) {
        return Duration.ofMillis(least.toMillis() + random.nextInt((int) (most.toMillis() - least.toMillis())));
    }

    Layout layout() {
        return layout;
    }

    int number(int least, int most) {
        return least + random.nextInt(most - least + 1);
    }

    boolean coin() {
        return random.nextBoolean();
    }

    /** {@return one that runs resources} */
    String node() {
        return any(layout.nodes());
    }

    /** {@return one that votes} */
    String voter() {
        return any(layout.voters());
    }

    /** {@return one with an armed watchdog} */
    String watched() {
        return any(layout.nodes().stream().filter(layout::watched).toList());
    }

    String leader() {
        return leader;
    }

    /** {@return all voters in any order} */
    List<String> shuffled() {
        List<String> all = new ArrayList<>(layout.voters());
        Collections.shuffle(all, random);
        return all;
    }

    /** {@return how many voters are not missed} */
    int minority() {
        return layout.voters().size() - layout.majority();
    }

    <T> T any(List<T> all) {
        return all.get(random.nextInt(all.size()));
    }
}
