package io.holdfast.ledger;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.protocol.exceptions.AlreadyClosedException;
import org.apache.ratis.protocol.exceptions.GroupMismatchException;
import org.apache.ratis.protocol.exceptions.ServerNotReadyException;
import org.jspecify.annotations.Nullable;

/**
 * Hands a leader's entries to the log one call after the other: the next when the one before is on disk.
 *
 * <p>Ratis takes calls while others wait for the disk, and then answers a call whose entries it already knows before they are on
 * disk; and with its composed appends it answers a new leader's entry with success when an old leader's entry of the same index is
 * still on its way to the disk, though the new one is never stored. Neither can happen here. A call that is sent again while the
 * first is under way shares its answer; of those that wait only the newest is kept.
 */
final class Appends {

    /** Stores entries and answers when they are on disk. */
    interface Log {
        CompletableFuture<AppendEntriesReplyProto> take(AppendEntriesRequestProto request) throws IOException;
    }

    private static final class Call {
        private final AppendEntriesRequestProto request;
        private final List<CompletableFuture<AppendEntriesReplyProto>> replies = new ArrayList<>();

        private Call(AppendEntriesRequestProto request) {
            this.request = request;
        }

        private boolean sameAs(AppendEntriesRequestProto other) {
            return request.getLeaderTerm() == other.getLeaderTerm()
                    && request.getServerRequest().getCallId()
                            == other.getServerRequest().getCallId()
                    && request.getServerRequest()
                            .getRequestorId()
                            .equals(other.getServerRequest().getRequestorId());
        }
    }

    private final Log log;
    private final Consumer<Throwable> failed;
    private @Nullable Call current;
    private @Nullable Call next;
    private boolean closed;

    Appends(Log log, Consumer<Throwable> failed) {
        this.log = log;
        this.failed = failed;
    }

    void add(AppendEntriesRequestProto request, CompletableFuture<AppendEntriesReplyProto> reply) {
        Call begin = null;
        Call dropped = null;
        synchronized (this) {
            if (closed) {
                reply.completeExceptionally(new IOException("the log is closed"));
                return;
            }
            if (current == null) {
                begin = new Call(request);
                begin.replies.add(reply);
                current = begin;
            } else if (current.sameAs(request)) {
                current.replies.add(reply);
            } else if (next != null && next.request.getLeaderTerm() > request.getLeaderTerm()) {
                reply.completeExceptionally(new IOException("a newer leader's entries are waiting"));
            } else {
                dropped = next;
                next = new Call(request);
                next.replies.add(reply);
            }
        }
        if (dropped != null) {
            fail(dropped, new IOException("a newer call took its place"));
        }
        if (begin != null) {
            begin(begin);
        }
    }

    /** {@return whether this call waits for the disk, or for one that does} */
    synchronized boolean underWay(String leader, long term, long call) {
        return matches(current, leader, term, call) || matches(next, leader, term, call);
    }

    private static boolean matches(@Nullable Call known, String leader, long term, long call) {
        return known != null
                && known.request.getLeaderTerm() == term
                && known.request.getServerRequest().getCallId() == call
                && known.request
                        .getServerRequest()
                        .getRequestorId()
                        .toStringUtf8()
                        .equals(leader);
    }

    private void begin(Call call) {
        CompletableFuture<AppendEntriesReplyProto> done;
        try {
            done = log.take(call.request);
        } catch (IOException | RuntimeException e) {
            end(call, null, e); // refused, nothing was begun
            return;
        }
        done.whenComplete((reply, failure) -> {
            if (failure != null && call.request.getEntriesCount() > 0 && mayBeInMemory(unwrap(failure))) {
                failed.accept(unwrap(failure)); // what is in memory and not on disk must never be acknowledged
            }
            end(call, reply, failure);
        });
    }

    private void end(Call call, @Nullable AppendEntriesReplyProto reply, @Nullable Throwable failure) {
        Call following;
        List<CompletableFuture<AppendEntriesReplyProto>> replies;
        synchronized (this) {
            replies = List.copyOf(call.replies);
            following = next;
            current = following;
            next = null;
        }
        for (CompletableFuture<AppendEntriesReplyProto> each : replies) {
            if (reply != null) {
                each.complete(reply);
            } else {
                each.completeExceptionally(failure == null ? new IOException("no answer") : unwrap(failure));
            }
        }
        if (following != null) {
            begin(following);
        }
    }

    void close() {
        Call waiting;
        synchronized (this) {
            closed = true;
            waiting = next;
            next = null;
        }
        if (waiting != null) {
            fail(waiting, new IOException("the log is closed"));
        }
    }

    private static void fail(Call call, IOException why) {
        call.replies.forEach(reply -> reply.completeExceptionally(why));
    }

    private static boolean mayBeInMemory(Throwable failure) {
        return !(failure instanceof ServerNotReadyException
                || failure instanceof GroupMismatchException
                || failure instanceof AlreadyClosedException);
    }

    private static Throwable unwrap(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }
}
