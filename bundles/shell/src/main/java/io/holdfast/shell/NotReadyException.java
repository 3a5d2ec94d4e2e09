package io.holdfast.shell;

/** The daemon answers, but the layer that a command needs is not there (yet, or while it is replaced). */
final class NotReadyException extends RuntimeException {
    NotReadyException(String message) {
        super(message);
    }
}
