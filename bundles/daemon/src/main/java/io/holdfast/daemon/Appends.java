package io.holdfast.daemon;

import io.holdfast.api.runtime.Loop;
import io.holdfast.model.Command;
import io.holdfast.model.Result;
import io.holdfast.model.ledger.ReplicatedLog;
import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Appends commands to the ledger, one at a time for each key, and says when a key is free again. It never repeats a command by
 * itself: whoever needs it looks at the state again and asks anew, so that an outcome that was unknown does no harm.
 */
final class Appends {
    private static final Logger log = LoggerFactory.getLogger(Appends.class);

    /** The ledger looks for the leader meanwhile; after this we look at the state again. */
    private static final Duration LIMIT = Duration.ofSeconds(5);

    /** After a failure or refusal, so that one which repeats costs nothing; a new leader or view of the state ends it early. */
    private static final Duration REST = Duration.ofMillis(250);

    private final Loop loop;
    private final ReplicatedLog ledger;
    private final Map<String, Long> busy = new HashMap<>(); // key -> number of the append, negative while it rests
    private long number;
    private boolean closed;

    Appends(Loop loop, ReplicatedLog ledger) {
        this.loop = loop;
        this.ledger = ledger;
    }

    boolean inFlight(String key) {
        return busy.containsKey(key);
    }

    int size() {
        return busy.size();
    }

    /** Appends unless something with that key is under way; {@code free} is called with the key when the next may follow. */
    void offer(String key, Command command, Consumer<String> free) {
        if (closed || busy.containsKey(key)) {
            return;
        }
        long mine = ++number;
        busy.put(key, mine);
        ledger.append(command, LIMIT).whenComplete((appended, failure) -> {
            if (closed || busy.getOrDefault(key, 0L) != mine) {
                return;
            }
            if (failure == null && appended.result() instanceof Result.Done) {
                busy.remove(key);
                free.accept(key);
                return;
            }
            if (failure != null) {
                log.debug("{} is not in the ledger yet: {}", command, failure.getMessage());
            } else if (appended.result() instanceof Result.Refused refused) {
                log.debug("{} was refused: {}", command, refused.reason());
            }
            busy.put(key, -mine);
            loop.schedule(REST, () -> {
                if (busy.remove(key, -mine) && !closed) {
                    free.accept(key);
                }
            });
        });
    }

    /** Ends all rests: something changed that makes another try worth while. The caller looks at everything again. */
    void retryNow() {
        Iterator<Long> each = busy.values().iterator();
        while (each.hasNext()) {
            if (each.next() < 0) {
                each.remove();
            }
        }
    }

    /** Forgets everything; what is under way may still take effect. */
    void close() {
        closed = true;
        busy.clear();
    }
}
