package io.holdfast.cib;

/** A text that is no CIB. */
public final class CibException extends Exception {
    CibException(String message) {
        super(message);
    }
}
