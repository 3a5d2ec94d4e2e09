package io.holdfast.ledger;

/** Something in the log was written by a version that is newer than this one. */
final class NewerFormat extends Exception {
    private static final long serialVersionUID = 1;

    private final String what;

    NewerFormat(String what) {
        super(what);
        this.what = what;
    }

    String what() {
        return what;
    }
}
