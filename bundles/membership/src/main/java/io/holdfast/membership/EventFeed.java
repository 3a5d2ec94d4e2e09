package io.holdfast.membership;

import io.holdfast.api.cluster.Event;
import io.holdfast.model.ClusterState;
import io.holdfast.model.ClusterState.EventRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Hands on each event once, in order. */
final class EventFeed {
    private static final Logger log = LoggerFactory.getLogger(EventFeed.class);
    /** Followers come and go on any thread. */
    private final List<Consumer<Event>> followers = new CopyOnWriteArrayList<>();

    private long told;

    void startAt(ClusterState state) {
        told = state.index();
    }

    AutoCloseable follow(Consumer<Event> follower) {
        followers.add(follower);
        return () -> followers.remove(follower);
    }

    void advance(ClusterState state) {
        if (!followers.isEmpty()) {
            for (Event event : since(state, told)) {
                followers.forEach(follower -> tell(follower, event));
            }
        }
        told = Math.max(told, state.index());
    }

    private static void tell(Consumer<Event> follower, Event event) {
        try {
            follower.accept(event);
        } catch (RuntimeException e) {
            log.warn("A follower of the events failed at {}", event, e);
        }
    }

    /** {@return the events after the index {@code since}, oldest first} */
    static List<Event> since(ClusterState state, long since) {
        List<Event> events = new ArrayList<>();
        List<EventRecord> all = state.events();
        for (int i = all.size() - 1; i >= 0 && all.get(i).index() > since; i--) {
            EventRecord one = all.get(i);
            events.add(
                    0,
                    new Event(
                            one.index(),
                            one.order(),
                            one.wallMillis(),
                            one.node(),
                            one.resource(),
                            one.severity(),
                            one.text()));
        }
        return events;
    }
}
