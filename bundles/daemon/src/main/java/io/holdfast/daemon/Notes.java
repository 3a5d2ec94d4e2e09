package io.holdfast.daemon;

import io.holdfast.api.transport.Registration;
import io.holdfast.model.Command;
import io.holdfast.model.Grant;
import io.holdfast.model.InstanceRecord;
import io.holdfast.model.ledger.LogListener;
import io.holdfast.model.ledger.ReplicatedLog;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings what resources want to keep into the cluster state. For each instance and key only the newest value waits, so a resource
 * that writes often costs no more than the ledger can take. On the loop only.
 */
public final class Notes implements LogListener, AutoCloseable {
    /** What the state keeps of one instance, in characters. */
    static final int MOST = 16_384;

    private static final Logger log = LoggerFactory.getLogger(Notes.class);

    private record Key(String instance, String key) implements Comparable<Key> {
        @Override
        public int compareTo(Key other) {
            int order = instance.compareTo(other.instance);
            return order != 0 ? order : key.compareTo(other.key);
        }
    }

    private record Value(long token, String text) {}

    private final Site site;
    private final Appends appends;
    private final Map<Key, Value> waiting = new TreeMap<>();
    private Registration listening = () -> {};

    /** Creates it; before {@link #start} it does not hear of new leaders. */
    public Notes(Site site) {
        this.site = site;
        appends = new Appends(site.loop(), site.log());
    }

    /** Begins; on the loop. */
    public void start() {
        AutoCloseable registration = site.log().listen(this);
        listening = () -> Reconciler.closeQuietly(registration);
    }

    /** Keeps {@code value} under {@code key}, unless {@code token} is no longer the instance's. An empty value removes the note. */
    public void put(String instance, long token, String key, String value) {
        int others = record(instance)
                .map(record -> record.notes().entrySet().stream()
                        .filter(note -> !note.getKey().equals(key))
                        .mapToInt(
                                note -> note.getKey().length() + note.getValue().length())
                        .sum())
                .orElse(0);
        if (others + key.length() + value.length() > MOST) {
            log.warn(
                    "Note {} of {} is not kept: its notes would have more than {} characters; let it keep less",
                    key,
                    instance,
                    MOST);
            return;
        }
        Key where = new Key(instance, key);
        waiting.put(where, new Value(token, value));
        append(where);
    }

    /** {@return what is kept of the instance, with what still waits} */
    public Map<String, String> of(String instance) {
        Map<String, String> notes = new TreeMap<>();
        record(instance).ifPresent(record -> notes.putAll(record.notes()));
        waiting.forEach((where, value) -> {
            if (where.instance().equals(instance)) {
                notes.put(where.key(), value.text());
            }
        });
        return notes;
    }

    private void append(Key where) {
        Value value = waiting.get(where);
        if (value == null) {
            return;
        }
        Optional<Grant> grant = Optional.ofNullable(site.log().state().grants().get(where.instance()));
        boolean kept = value.text()
                .equals(record(where.instance())
                        .map(record -> record.notes().get(where.key()))
                        .orElse(""));
        if (kept || grant.isEmpty() || grant.get().token() != value.token()) {
            waiting.remove(where);
            return;
        }
        appends.offer(
                where.instance() + " " + where.key(),
                new Command.Note(where.instance(), value.token(), where.key(), value.text()),
                free -> append(where));
    }

    private Optional<InstanceRecord> record(String instance) {
        return Optional.ofNullable(site.log().state().instances().get(instance));
    }

    @Override
    public void led(ReplicatedLog.Leadership leadership) {
        if (!leadership.leader().isEmpty()) {
            appends.retryNow();
            List.copyOf(waiting.keySet()).forEach(this::append);
        }
    }

    @Override
    public void close() {
        appends.close();
        listening.close();
    }
}
