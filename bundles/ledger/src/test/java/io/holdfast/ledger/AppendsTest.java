package io.holdfast.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.protocol.exceptions.ServerNotReadyException;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class AppendsTest {
    private final List<AppendEntriesRequestProto> taken = new ArrayList<>();
    private final List<CompletableFuture<AppendEntriesReplyProto>> disk = new ArrayList<>();
    private final List<Throwable> failures = new ArrayList<>();
    private final Appends appends = new Appends(
            request -> {
                taken.add(request);
                CompletableFuture<AppendEntriesReplyProto> written = new CompletableFuture<>();
                disk.add(written);
                return written;
            },
            failures::add);

    private static AppendEntriesRequestProto request(String leader, long term, long call) {
        return AppendEntriesRequestProto.newBuilder()
                .setServerRequest(RaftRpcRequestProto.newBuilder()
                        .setRequestorId(ByteString.copyFromUtf8(leader))
                        .setCallId(call))
                .setLeaderTerm(term)
                .addEntries(LogEntryProto.newBuilder().setTerm(term).setIndex(call))
                .build();
    }

    private CompletableFuture<AppendEntriesReplyProto> add(AppendEntriesRequestProto request) {
        CompletableFuture<AppendEntriesReplyProto> reply = new CompletableFuture<>();
        appends.add(request, reply);
        return reply;
    }

    @Test
    @DisplayName("the next entries wait until the ones before are on disk")
    void oneAfterTheOther() {
        CompletableFuture<?> first = add(request("a", 1, 1));
        CompletableFuture<?> second = add(request("b", 2, 1));
        assertThat(taken).hasSize(1);
        disk.get(0).complete(AppendEntriesReplyProto.getDefaultInstance());
        assertThat(first).isCompleted();
        assertThat(second).isNotDone();
        assertThat(taken).hasSize(2);
        disk.get(1).complete(AppendEntriesReplyProto.getDefaultInstance());
        assertThat(second).isCompleted();
    }

    @Test
    @DisplayName("a call that is sent again is not answered before the disk has it either")
    void sharesTheAnswer() {
        CompletableFuture<?> first = add(request("a", 1, 1));
        CompletableFuture<?> again = add(request("a", 1, 1));
        assertThat(again).isNotDone();
        assertThat(appends.underWay("a", 1, 1)).isTrue();
        assertThat(appends.underWay("a", 1, 2)).isFalse();
        assertThat(appends.underWay("b", 1, 1)).isFalse();
        disk.get(0).complete(AppendEntriesReplyProto.getDefaultInstance());
        assertThat(first).isCompleted();
        assertThat(again).isCompleted();
        assertThat(taken).hasSize(1);
    }

    @Test
    @DisplayName("of those that wait the newest stays, and never an older leader's")
    void keepsTheNewest() {
        add(request("a", 2, 1));
        CompletableFuture<?> dropped = add(request("a", 2, 2));
        CompletableFuture<?> kept = add(request("b", 3, 1));
        CompletableFuture<?> old = add(request("a", 2, 3));
        assertThat(dropped).isCompletedExceptionally();
        assertThat(old).isCompletedExceptionally();
        assertThat(kept).isNotDone();
        disk.get(0).complete(AppendEntriesReplyProto.getDefaultInstance());
        assertThat(taken).extracting(AppendEntriesRequestProto::getLeaderTerm).containsExactly(2L, 3L);
    }

    @Test
    @DisplayName("a failed write is told before anything else is taken; a server that is not ready is no failed write")
    void tellsOfFailure() {
        CompletableFuture<?> notReady = add(request("a", 1, 1));
        disk.get(0).completeExceptionally(new ServerNotReadyException("starting"));
        assertThat(notReady).isCompletedExceptionally();
        assertThat(failures).isEmpty();
        add(request("a", 1, 2));
        disk.get(1).completeExceptionally(new IOException("No space left on device"));
        assertThat(failures).hasSize(1);
    }

    @Test
    @DisplayName("closed: what waits fails")
    void closes() {
        add(request("a", 1, 1));
        CompletableFuture<?> waiting = add(request("a", 1, 2));
        appends.close();
        assertThat(waiting).isCompletedExceptionally();
        assertThat(add(request("a", 1, 3))).isCompletedExceptionally();
    }
}
