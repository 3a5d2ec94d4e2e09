package io.holdfast.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.Result;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class SessionsTest {
    private final UUID session = UUID.randomUUID();
    private final Sessions sessions = new Sessions();

    private Envelope.Ordered command(long seq, long low) {
        return new Envelope.Ordered(session, seq, low, new byte[0]);
    }

    @Test
    @DisplayName("a command happens once, and never after it was given up")
    void once() {
        assertThat(sessions.admit(command(1, 1))).isTrue();
        sessions.note(command(1, 1), new Sessions.Outcome(10, new Result.Done(7)));
        assertThat(sessions.admit(command(1, 1))).as("again").isFalse();
        assertThat(sessions.admit(command(3, 3))).isTrue();
        assertThat(sessions.admit(command(2, 1)))
                .as("given up before 3 was sent")
                .isFalse();
        assertThat(sessions.of(session))
                .as("what nobody asks for any more is forgotten")
                .isEmpty();
    }

    @Test
    @DisplayName("what is remembered is part of the snapshot")
    void survivesSnapshots() throws IOException {
        sessions.admit(command(5, 4));
        sessions.note(command(5, 4), new Sessions.Outcome(10, new Result.Refused("because")));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        sessions.write(new DataOutputStream(bytes));
        Sessions read = Sessions.read(new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())));
        assertThat(read.of(session)).containsEntry(5L, new Sessions.Outcome(10, new Result.Refused("because")));
        assertThat(read.admit(command(5, 4))).isFalse();
        assertThat(read.admit(command(3, 3))).isFalse();
        assertThat(read.admit(command(6, 4))).isTrue();
    }

    @Test
    @DisplayName("sessions are bounded: the longest unused goes")
    void bounded() {
        sessions.admit(command(1, 1));
        sessions.note(command(1, 1), new Sessions.Outcome(1, new Result.Done(1)));
        for (int i = 0; i < 300; i++) {
            sessions.admit(new Envelope.Ordered(UUID.randomUUID(), 1, 1, new byte[0]));
        }
        assertThat(sessions.of(session)).isEmpty();
    }

    @Test
    @DisplayName("looking, which one node does alone, does not change which session goes next")
    void lookingIsNoUse() {
        sessions.admit(command(1, 1));
        sessions.note(command(1, 1), new Sessions.Outcome(1, new Result.Done(1)));
        for (int i = 0; i < 256; i++) {
            assertThat(sessions.of(session)).hasSize(1);
            sessions.admit(new Envelope.Ordered(UUID.randomUUID(), 1, 1, new byte[0]));
        }
        assertThat(sessions.of(session)).isEmpty();
    }
}
