package io.holdfast.shell;

/** The words make no command; the message says why. */
final class UsageException extends RuntimeException {
    UsageException(String message) {
        super(message);
    }
}
