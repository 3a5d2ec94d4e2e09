package io.holdfast.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.ratis.protocol.exceptions.ServerNotReadyException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class IntakeTest {
    private final List<Intake.Id> taken = new ArrayList<>();
    private final List<CompletableFuture<byte[]>> disk = new ArrayList<>();
    private final List<Throwable> failures = new ArrayList<>();
    private final Intake intake = new Intake(failures::add);

    private CompletableFuture<byte[]> add(String leader, long term, long call) {
        return add(leader, term, call, true);
    }

    private CompletableFuture<byte[]> add(String leader, long term, long call, boolean stores) {
        CompletableFuture<byte[]> reply = new CompletableFuture<>();
        Intake.Id id = new Intake.Id(leader, term, call);
        intake.add(
                id,
                stores,
                () -> {
                    taken.add(id);
                    CompletableFuture<byte[]> written = new CompletableFuture<>();
                    disk.add(written);
                    return written;
                },
                reply);
        return reply;
    }

    @Test
    @DisplayName("the next entries wait until the ones before are on disk")
    void oneAfterTheOther() {
        CompletableFuture<?> first = add("a", 1, 1);
        CompletableFuture<?> second = add("b", 2, 1);
        assertThat(taken).hasSize(1);
        disk.get(0).complete(new byte[0]);
        assertThat(first).isCompleted();
        assertThat(second).isNotDone();
        assertThat(taken).hasSize(2);
        disk.get(1).complete(new byte[0]);
        assertThat(second).isCompleted();
    }

    @Test
    @DisplayName("a call that is sent again is not answered before the disk has it either")
    void sharesTheAnswer() {
        CompletableFuture<?> first = add("a", 1, 1);
        CompletableFuture<?> again = add("a", 1, 1);
        assertThat(again).isNotDone();
        assertThat(intake.underWay(new Intake.Id("a", 1, 1))).isTrue();
        assertThat(intake.underWay(new Intake.Id("a", 1, 2))).isFalse();
        assertThat(intake.underWay(new Intake.Id("b", 1, 1))).isFalse();
        disk.get(0).complete(new byte[0]);
        assertThat(first).isCompleted();
        assertThat(again).isCompleted();
        assertThat(taken).hasSize(1);
    }

    @Test
    @DisplayName("of those that wait the newest stays, and never an older leader's")
    void keepsTheNewest() {
        add("a", 2, 1);
        CompletableFuture<?> dropped = add("a", 2, 2);
        CompletableFuture<?> kept = add("b", 3, 1);
        CompletableFuture<?> old = add("a", 2, 3);
        assertThat(dropped).isCompletedExceptionally();
        assertThat(old).isCompletedExceptionally();
        assertThat(kept).isNotDone();
        disk.get(0).complete(new byte[0]);
        assertThat(taken).extracting(Intake.Id::term).containsExactly(2L, 3L);
    }

    @Test
    @DisplayName("a failed write is told before anything else is taken; a server that is not ready is no failed write")
    void tellsOfFailure() {
        CompletableFuture<?> notReady = add("a", 1, 1);
        disk.get(0).completeExceptionally(new ServerNotReadyException("starting"));
        assertThat(notReady).isCompletedExceptionally();
        assertThat(failures).isEmpty();
        add("a", 1, 2);
        disk.get(1).completeExceptionally(new IOException("No space left on device"));
        assertThat(failures).hasSize(1);
        add("a", 1, 3, false);
        disk.get(2).completeExceptionally(new IOException("a part of a snapshot does not fit the one before"));
        assertThat(failures).hasSize(1);
    }

    @Test
    @DisplayName("closed: what waits fails")
    void closes() {
        add("a", 1, 1);
        CompletableFuture<?> waiting = add("a", 1, 2);
        intake.close();
        assertThat(waiting).isCompletedExceptionally();
        assertThat(add("a", 1, 3)).isCompletedExceptionally();
    }
}
