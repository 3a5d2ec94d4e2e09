package io.holdfast.ledger;

/** Something in the log was written by a version that is newer than this one. */
final class NewerFormat extends Exception {
    private static final long serialVersionUID = 1;

    NewerFormat(String message) {
        super(message);
    }
}
