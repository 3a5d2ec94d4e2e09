package io.holdfast.cifs.client;

/**
 * A time without an acknowledgement.
 *
 * @param before the block that was acknowledged last before it
 * @param millis from that acknowledgement to the next
 * @param startedAt wall clock at its start, milliseconds since 1970
 * @param attempts connections tried
 * @param reason what went wrong first
 */
record Gap(long before, long millis, long startedAt, int attempts, String reason) {}
