package io.holdfast.api.resource;

/** What a monitor found. */
public sealed interface Health {

    /** It serves; of a {@link Promotable}: unpromoted. */
    record Running() implements Health {}

    /** It serves, promoted; of a {@link Promotable}. */
    record Promoted() implements Health {}

    /** It is cleanly stopped. */
    record NotRunning() implements Health {}

    /**
     * It runs, in whole or in part, but does not serve.
     *
     * @param reason for people
     */
    record Failed(String reason) implements Health {}

    /**
     * It could not be found out; never read as "stopped".
     *
     * @param reason for people
     */
    record Unknown(String reason) implements Health {}
}
