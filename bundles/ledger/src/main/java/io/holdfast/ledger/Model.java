package io.holdfast.ledger;

import io.holdfast.model.ClusterState;
import io.holdfast.model.Entry;
import io.holdfast.model.Levels;
import io.holdfast.model.Rules;

/** What the ledger needs of the model: what a command does, and bytes. */
interface Model {
    /** {@return the state before the first command} */
    ClusterState initial();

    /** {@return what this version understands} */
    Levels levels();

    /** Applies an entry; pure. */
    Rules.Applied apply(ClusterState state, long index, Entry entry);

    /** {@return the entry as bytes} */
    byte[] encode(Entry entry);

    /** @throws NewerFormat when a newer version wrote it */
    Entry decode(byte[] bytes) throws NewerFormat;

    /** {@return the state as bytes} */
    byte[] encodeState(ClusterState state);

    /** @throws NewerFormat when a newer version wrote it */
    ClusterState decodeState(byte[] bytes) throws NewerFormat;
}
