package io.holdfast.daemon;

import io.holdfast.model.Command;
import io.holdfast.model.Grant;
import io.holdfast.model.InstanceRecord.FailureRecord;
import io.holdfast.model.InstanceRecord.State;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What went wrong with one instance on this node, and what follows: when it is tried again, or that it is not. The ledger counts the
 * failures; one that it does not show yet counts here already.
 */
final class Failures {
    /** How long a restart in place waits for the ledger to take the news, so that what depends on the instance stops first. */
    private static final Duration NEWS = Duration.ofSeconds(1);

    private static final Duration LONGEST_BACKOFF = Duration.ofSeconds(30);

    private final Reconciler here;
    private final String name;

    /** The newest failure: what went wrong, for people; and when, on the loop's clock. */
    private String trouble = "";

    private String onFail = "";
    private long failedAt;
    private @Nullable Unrecorded unrecorded;

    /** A failure that the ledger does not show yet, and what the ledger said before it. */
    private record Unrecorded(
            long token, int before, long beforeLast, String operation, String reason, boolean permanent) {}

    Failures(Reconciler here, String name) {
        this.here = here;
        this.name = name;
    }

    /** {@return the newest failure of this grant for people; empty when none is known here} */
    String trouble() {
        return trouble;
    }

    /** {@return the newest failure for people; where none is known here, what the ledger shows, or why the grant was made} */
    String trouble(Grant grant) {
        return trouble.isEmpty()
                ? recorded().map(f -> f.operation() + ": " + f.reason()).orElse(grant.reason())
                : trouble;
    }

    /** {@return what the newest failure leads to in place of a stop, a word of the document; empty for the usual} */
    String onFail() {
        return onFail;
    }

    /** Sets what people read where there is nothing to read yet. */
    void orElse(String text) {
        if (trouble.isEmpty()) {
            trouble = text;
        }
    }

    /** The instance serves again. */
    void serves() {
        trouble = "";
        onFail = "";
    }

    /** A new grant begins without failures of its own. */
    void newGrant() {
        unrecorded = null;
        failedAt = 0;
        trouble = "";
        onFail = "";
    }

    void add(long token, String operation, String reason, boolean permanent, String leadsTo) {
        trouble = operation + ": " + reason;
        onFail = leadsTo;
        failedAt = here.loop().nanos();
        unrecorded = new Unrecorded(
                token,
                recorded().map(FailureRecord::count).orElse(0),
                recorded().map(FailureRecord::lastWallMillis).orElse(0L),
                operation,
                reason,
                permanent);
    }

    /** Forgets the unrecorded failure once the ledger shows it, and asks for it until then. */
    void record(Optional<Grant> grant) {
        Unrecorded failure = unrecorded;
        if (failure == null) {
            return;
        }
        boolean shown = recorded()
                .filter(now -> now.count() > failure.before() || now.lastWallMillis() != failure.beforeLast())
                .isPresent();
        if (shown || grant.isEmpty() || grant.get().token() != failure.token()) {
            unrecorded = null;
            return;
        }
        here.append(
                "failure " + name,
                new Command.Failure(
                        name,
                        here.node(),
                        grant.get().incarnation(),
                        failure.token(),
                        failure.operation(),
                        failure.reason(),
                        failure.permanent()));
    }

    /** {@return whether the instance failed under this grant, and that counts still} */
    boolean stillCount() {
        return failedAt != 0 && number() > 0;
    }

    /** {@return whether it is not tried here again until people or time take the failures away} */
    boolean givenUp() {
        int threshold = here.threshold(name);
        boolean permanent = recorded().map(FailureRecord::permanent).orElse(false)
                || (unrecorded != null && unrecorded.permanent());
        return permanent || (threshold > 0 && number() >= threshold);
    }

    /** {@return how long a start must wait yet: for the back-off, and for the ledger to know that it does not serve} */
    Duration untilRestart(long token) {
        if (!stillCount()) {
            return Duration.ZERO;
        }
        long since = here.loop().nanos() - failedAt;
        long wait = backoff(number()).toNanos() - since;
        if (unrecorded != null || !here.reported(name, token, State.FAILED)) {
            wait = Math.max(wait, NEWS.toNanos() - since);
        }
        return wait <= 0 ? Duration.ZERO : Duration.ofNanos(wait);
    }

    /** {@return 0, 1 s, 2 s, 4 s ... 30 s for the first, second ... failure that counts} */
    static Duration backoff(int count) {
        if (count <= 1) {
            return Duration.ZERO;
        }
        Duration doubled = Duration.ofSeconds(1L << Math.min(count - 2, 5));
        return doubled.compareTo(LONGEST_BACKOFF) > 0 ? LONGEST_BACKOFF : doubled;
    }

    private int number() {
        return recorded().map(FailureRecord::count).orElse(0) + (unrecorded == null ? 0 : 1);
    }

    private Optional<FailureRecord> recorded() {
        return here.failures(name);
    }
}
