package io.holdfast.model;

/** Bytes could not be read; the message says what they are, why, and what to do. */
public final class CodecException extends RuntimeException {
    private static final long serialVersionUID = 1;

    CodecException(String message) {
        super(message);
    }

    CodecException(String message, Throwable cause) {
        super(message, cause);
    }
}
