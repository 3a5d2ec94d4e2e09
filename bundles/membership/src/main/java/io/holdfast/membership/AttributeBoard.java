package io.holdfast.membership;

import io.holdfast.api.transport.Delivery;
import io.holdfast.api.transport.Registration;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells all nodes of this one, and keeps what they tell, with its age. */
final class AttributeBoard {
    private static final Logger log = LoggerFactory.getLogger(AttributeBoard.class);
    static final String TOPIC = "member.attributes";
    private static final Duration EVERY = Duration.ofSeconds(5);
    /** What one that has just begun tells, and is told, is sent again after these times: each may be lost. */
    private static final List<Duration> AGAIN = List.of(Duration.ofMillis(300), Duration.ofSeconds(1));
    /** Several changes within this travel together. */
    private static final Duration TOGETHER = Duration.ofMillis(20);
    /** Two tellings may be lost. */
    private static final Duration FRESH = Duration.ofSeconds(13);

    private static final int MOST_NODES = 1000;

    private final World world;
    private final Runnable changed;
    private final Map<String, String> own = new TreeMap<>();
    private final Map<String, Heard> heard = new HashMap<>();
    /** What {@link #all} gives until something changes. */
    private @Nullable Map<String, Map<String, String>> all;

    private final List<Registration> registrations = new ArrayList<>();
    private long start;
    private long seq;
    private boolean running;
    private boolean telling;

    private record Heard(Attributes attributes, long at) {}

    AttributeBoard(World world, Runnable changed) {
        this.world = world;
        this.changed = changed;
    }

    void start() {
        running = true;
        start = world.loop().nanos();
        registrations.add(world.transport()
                .receive(TOPIC, (from, bytes) -> world.loop().execute(() -> received(from, bytes))));
        registrations.add(world.transport().watch(view -> world.loop().execute(this::soon)));
        every();
        AGAIN.forEach(later -> world.loop().schedule(later, this::soon));
    }

    void stop() {
        running = false;
        registrations.forEach(Registration::close);
        registrations.clear();
    }

    /** Sets an attribute of this node; an empty value removes it. */
    void tell(String key, String value) {
        String old = value.isEmpty() ? own.remove(key) : own.put(key, value);
        if (!value.equals(old == null ? "" : old)) {
            all = null;
            soon();
            changed.run();
        }
    }

    private void every() {
        if (running) {
            broadcast();
            world.loop().schedule(EVERY, this::every);
        }
    }

    private void soon() {
        if (running && !telling) {
            telling = true;
            world.loop().schedule(TOGETHER, () -> {
                telling = false;
                if (running) {
                    broadcast();
                }
            });
        }
    }

    private void broadcast() {
        world.transport().broadcast(TOPIC, next(), Delivery.URGENT);
    }

    private void send(String node) {
        if (running) {
            world.transport().send(node, TOPIC, next(), Delivery.URGENT);
        }
    }

    private byte[] next() {
        return new Attributes(start, ++seq, own).encoded();
    }

    private void received(String from, byte[] bytes) {
        if (!running || from.equals(world.self())) {
            return;
        }
        Attributes attributes;
        try {
            attributes = Attributes.decoded(bytes);
        } catch (IOException e) {
            log.debug("Dropped the attributes of {}: {}", from, e.getMessage());
            return;
        }
        Heard old = heard.get(from);
        if ((old == null && heard.size() >= MOST_NODES) || (old != null && !attributes.newerThan(old.attributes()))) {
            return;
        }
        heard.put(from, new Heard(attributes, world.loop().nanos()));
        if (old == null
                || old.attributes().start() != attributes.start()) { // it has just begun, and knows nothing of this one
            send(from);
            AGAIN.forEach(later -> world.loop().schedule(later, () -> send(from)));
        }
        if (old == null || !old.attributes().values().equals(attributes.values())) {
            all = null;
            changed.run();
        }
    }

    /** {@return what every node last told, by node; this node included; it changes no more} */
    Map<String, Map<String, String>> all() {
        Map<String, Map<String, String>> known = all;
        if (known == null) {
            TreeMap<String, Map<String, String>> fresh = new TreeMap<>();
            heard.forEach((node, one) -> fresh.put(node, one.attributes().values()));
            fresh.put(world.self(), Collections.unmodifiableMap(new TreeMap<>(own)));
            known = Collections.unmodifiableMap(fresh);
            all = known;
        }
        return known;
    }

    /** {@return whether the node told something lately} */
    boolean fresh(String node) {
        Heard one = heard.get(node);
        return node.equals(world.self()) || (one != null && world.loop().nanos() - one.at() < FRESH.toNanos());
    }
}
