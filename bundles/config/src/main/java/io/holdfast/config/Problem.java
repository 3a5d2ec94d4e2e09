package io.holdfast.config;

/**
 * Something wrong in a document.
 *
 * @param file its name, as given by who applies it
 * @param line from 1
 * @param what what is wrong
 * @param expected what was expected there
 */
public record Problem(String file, int line, String what, String expected) {

    @Override
    public String toString() {
        return file + ":" + line + ": " + what + "; " + expected;
    }
}
