package io.holdfast.ledger;

import io.holdfast.model.Result;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Remembers what each session's commands gave as long as the session may ask again, so that a command that is sent twice happens
 * once. Part of the replicated state: the same on every node, and in every snapshot. Not thread-safe.
 */
final class Sessions {
    /** Nodes times restarts within the longest time limit of a command; the longest unused session is forgotten first. */
    private static final int MOST = 256;

    private static final byte DONE = 1;
    private static final byte REFUSED = 2;

    /** What a command gave. */
    record Outcome(long index, Result result) {}

    private static final class Session {
        private long low;
        private final TreeMap<Long, Outcome> outcomes = new TreeMap<>();
    }

    private final LinkedHashMap<UUID, Session> sessions = new LinkedHashMap<>(16, 0.75f, true);

    /** {@return whether the command may happen: it is neither done nor given up} Forgets what the session got. */
    boolean admit(Envelope.Ordered command) {
        Session session = sessions.computeIfAbsent(command.session(), id -> new Session());
        if (sessions.size() > MOST) {
            sessions.remove(sessions.keySet().iterator().next());
        }
        session.low = Math.max(session.low, command.low());
        session.outcomes.headMap(session.low).clear();
        return command.seq() >= session.low && !session.outcomes.containsKey(command.seq());
    }

    /** Notes what an admitted command gave. */
    void note(Envelope.Ordered command, Outcome outcome) {
        Session session = sessions.get(command.session());
        if (session != null) {
            session.outcomes.put(command.seq(), outcome);
        }
    }

    /** {@return what is remembered of the session} */
    Map<Long, Outcome> of(UUID id) {
        // no get(): it would count as a use on this node alone, and nodes must forget the same sessions
        return sessions.entrySet().stream()
                .filter(session -> session.getKey().equals(id))
                .findFirst()
                .map(session -> Map.copyOf(session.getValue().outcomes))
                .orElse(Map.of());
    }

    void write(DataOutputStream out) throws IOException {
        out.writeInt(sessions.size());
        for (Map.Entry<UUID, Session> entry : sessions.entrySet()) {
            out.writeLong(entry.getKey().getMostSignificantBits());
            out.writeLong(entry.getKey().getLeastSignificantBits());
            out.writeLong(entry.getValue().low);
            out.writeInt(entry.getValue().outcomes.size());
            for (Map.Entry<Long, Outcome> outcome : entry.getValue().outcomes.entrySet()) {
                out.writeLong(outcome.getKey());
                out.writeLong(outcome.getValue().index);
                if (outcome.getValue().result instanceof Result.Done done) {
                    out.writeByte(DONE);
                    out.writeLong(done.value());
                } else if (outcome.getValue().result instanceof Result.Refused refused) {
                    out.writeByte(REFUSED);
                    Wire.writeText(out, refused.reason());
                }
            }
        }
    }

    static Sessions read(DataInputStream in) throws IOException {
        Sessions read = new Sessions();
        int count = in.readInt();
        for (int i = 0; i < count; i++) {
            Session session = new Session();
            read.sessions.put(new UUID(in.readLong(), in.readLong()), session);
            session.low = in.readLong();
            int outcomes = in.readInt();
            for (int j = 0; j < outcomes; j++) {
                long seq = in.readLong();
                long index = in.readLong();
                Result result =
                        in.readByte() == DONE ? new Result.Done(in.readLong()) : new Result.Refused(Wire.readText(in));
                session.outcomes.put(seq, new Outcome(index, result));
            }
        }
        return read;
    }
}
