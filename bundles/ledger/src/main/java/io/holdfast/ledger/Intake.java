package io.holdfast.ledger;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.protocol.exceptions.AlreadyClosedException;
import org.apache.ratis.protocol.exceptions.GroupMismatchException;
import org.apache.ratis.protocol.exceptions.ServerNotReadyException;
import org.jspecify.annotations.Nullable;

/**
 * Hands what a leader sends, entries and parts of snapshots, to the log one call after the other: the next when the one before is on
 * disk.
 *
 * <p>Ratis takes calls while others wait for the disk, and then answers a call whose entries it already knows before they are on
 * disk; and with its composed appends it answers a new leader's entry with success when an old leader's entry of the same index is
 * still on its way to the disk, though the new one is never stored. A snapshot that is installed while entries are on their way to
 * the disk drops them unanswered, and lets entries in behind itself that it made obsolete, so that the next ones leave a gap.
 * None of it can happen here. A call that is sent again while the first is under way shares its answer; of those that wait only
 * the newest is kept.
 */
final class Intake {

    /** Carries out a call; completes with its answer when it is on disk. */
    interface Work {
        CompletableFuture<byte[]> begin() throws IOException;
    }

    /** One call of a leader; a call that is sent again has the same. */
    record Id(String leader, long term, long call) {
        static Id of(RaftRpcRequestProto request, long term) {
            return new Id(request.getRequestorId().toStringUtf8(), term, request.getCallId());
        }
    }

    /** @param stores whether a failure may leave entries in memory that are not on disk */
    private record Call(Id id, boolean stores, Work work, List<CompletableFuture<byte[]>> replies) {}

    private final Consumer<Throwable> failed;
    private @Nullable Call current;
    private @Nullable Call next;
    private boolean closed;

    /** @param failed hears of what could not be stored, before anything else is taken */
    Intake(Consumer<Throwable> failed) {
        this.failed = failed;
    }

    void add(Id id, boolean stores, Work work, CompletableFuture<byte[]> reply) {
        Call begin = null;
        Call dropped = null;
        synchronized (this) {
            if (closed) {
                reply.completeExceptionally(new IOException("the log is closed"));
                return;
            }
            if (current == null) {
                begin = new Call(id, stores, work, new ArrayList<>());
                begin.replies.add(reply);
                current = begin;
            } else if (current.id.equals(id)) {
                current.replies.add(reply);
            } else if (next != null && next.id.term > id.term) {
                reply.completeExceptionally(new IOException("a newer leader's call is waiting"));
            } else {
                dropped = next;
                next = new Call(id, stores, work, new ArrayList<>());
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
    synchronized boolean underWay(Id id) {
        return (current != null && current.id.equals(id)) || (next != null && next.id.equals(id));
    }

    private void begin(Call call) {
        CompletableFuture<byte[]> done;
        try {
            done = call.work.begin();
        } catch (IOException | RuntimeException e) {
            end(call, null, e); // refused, nothing was begun
            return;
        }
        done.whenComplete((reply, failure) -> {
            if (failure != null && call.stores && mayBeInMemory(unwrap(failure))) {
                failed.accept(unwrap(failure)); // what is in memory and not on disk must never be acknowledged
            }
            end(call, reply, failure);
        });
    }

    private void end(Call call, byte @Nullable [] reply, @Nullable Throwable failure) {
        Call following;
        List<CompletableFuture<byte[]>> replies;
        synchronized (this) {
            replies = List.copyOf(call.replies);
            following = next;
            current = following;
            next = null;
        }
        for (CompletableFuture<byte[]> each : replies) {
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
