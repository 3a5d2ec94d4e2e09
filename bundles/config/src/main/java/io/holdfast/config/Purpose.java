package io.holdfast.config;

/** What a document is read for. */
public enum Purpose {
    /** To be run: what Holdfast cannot run yet is refused. */
    RUN,
    /** To be planned only. */
    PLAN
}
