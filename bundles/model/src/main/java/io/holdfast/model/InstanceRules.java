package io.holdfast.model;

import io.holdfast.model.InstanceRecord.FailureRecord;
import io.holdfast.model.InstanceRecord.Report;
import java.util.Optional;

/** What holders say of their instances. */
final class InstanceRules {
    /** What a resource keeps is a few client addresses or a position, not its data. */
    private static final int NOTES_CHARACTERS = 16_384;

    private InstanceRules() {}

    static long reported(Draft draft, Command.Reported reported) {
        String instance = reported.instance();
        String what = "Report on " + instance + " by " + reported.node();
        draft.fromItself(reported.node(), what);
        draft.grant(instance, reported.node(), reported.incarnation(), reported.token(), what);
        InstanceRecord record = known(draft, instance, what);
        Report now = new Report(reported.token(), reported.state(), reported.detail(), draft.entry.wallMillis());
        boolean news = record.report()
                .filter(old -> old.state() == now.state() && old.detail().equals(now.detail()))
                .isEmpty();
        draft.put(record.reported(Optional.of(now)));
        if (news) {
            tell(draft, reported, Optional.ofNullable(record.failures().get(reported.node())));
        }
        return draft.index;
    }

    private static void tell(Draft draft, Command.Reported report, Optional<FailureRecord> failure) {
        String head = report.instance() + " ";
        String tail = " on " + report.node() + Draft.because(report.detail());
        // A failure was told when it was counted, and its reason needs no second event.
        String told =
                failure.map(known -> known.operation() + ": " + known.reason()).orElse("");
        if (report.state() == InstanceRecord.State.FAILED
                && !told.isEmpty()
                && report.detail().endsWith(told)) {
            String rest = report.detail().substring(0, report.detail().length() - told.length());
            if (!rest.isEmpty()) {
                draft.warn(report.node(), report.instance(), head + "is " + rest + "that");
            }
            return;
        }
        switch (report.state()) {
            case ACTIVE ->
                draft.info(
                        report.node(),
                        report.instance(),
                        Instances.isRight(report.instance())
                                ? Instances.resource(report.instance()) + " is promoted" + tail
                                : head + "is active" + tail);
            case FAILED -> draft.warn(report.node(), report.instance(), head + "does not serve" + tail);
            case BLOCKED -> draft.event(report.node(), report.instance(), "error", head + "is blocked" + tail);
            case STARTING, STOPPING -> {
                // the grant and its revocation were told already
            }
        }
    }

    static long failure(Draft draft, Command.Failure failure) {
        String instance = failure.instance();
        String what = "Failure of " + instance + " on " + failure.node();
        draft.fromItself(failure.node(), what);
        draft.grant(instance, failure.node(), failure.incarnation(), failure.token(), what);
        InstanceRecord record = known(draft, instance, what);
        FailureRecord old = record.failures().get(failure.node());
        long now = draft.entry.wallMillis();
        FailureRecord next = new FailureRecord(
                old == null ? 1 : old.count() + 1,
                old == null ? now : old.firstWallMillis(),
                now,
                failure.operation(),
                failure.reason(),
                failure.permanent() || (old != null && old.permanent()));
        draft.put(record.failing(record.failures().plus(failure.node(), next)));
        draft.warn(
                failure.node(),
                instance,
                instance + ": " + failure.operation() + " failed on " + failure.node() + " ("
                        + next.count() + (next.count() == 1 ? " failure there" : " failures there")
                        + (failure.permanent() ? ", another try there is useless" : "") + ")"
                        + Draft.because(failure.reason()));
        return draft.index;
    }

    static long forget(Draft draft, Command.Forget forget) {
        String what = "Forgetting failures of " + forget.instance() + " on " + forget.node();
        InstanceRecord record = known(draft, forget.instance(), what);
        FailureRecord failure = record.failures().get(forget.node());
        if (failure == null) {
            throw new Refusal(what + " refused: there is none");
        }
        if (failure.lastWallMillis() != forget.lastWallMillis()) {
            throw new Refusal(what + " refused: another failure came meanwhile, which still counts");
        }
        draft.put(record.failing(record.failures().minus(forget.node())));
        draft.info(
                forget.node(),
                forget.instance(),
                forget.instance() + " may run on " + forget.node() + " again: its " + failure.count()
                        + (failure.count() == 1 ? " failure" : " failures") + " there no longer count");
        return draft.index;
    }

    static long note(Draft draft, Command.Note note) {
        String instance = note.instance();
        String what = "Note " + note.key() + " of " + instance;
        Grant grant = draft.grant(instance, note.token(), what);
        draft.fromItself(grant.node(), what);
        InstanceRecord record = known(draft, instance, what);
        var notes = note.value().isEmpty()
                ? record.notes().minus(note.key())
                : record.notes().plus(note.key(), note.value());
        int size = notes.entrySet().stream()
                .mapToInt(entry -> entry.getKey().length() + entry.getValue().length())
                .sum();
        if (size > NOTES_CHARACTERS) {
            throw new Refusal(what + " refused: its notes would have " + size + " characters, at most "
                    + NOTES_CHARACTERS + " are kept; keep less, or remove a note by an empty value");
        }
        draft.put(record.noting(notes));
        return draft.index;
    }

    private static InstanceRecord known(Draft draft, String instance, String what) {
        InstanceRecord record = draft.instances.get(instance);
        if (record == null) {
            throw new Refusal(what + " refused: there is no resource " + instance);
        }
        return record;
    }
}
