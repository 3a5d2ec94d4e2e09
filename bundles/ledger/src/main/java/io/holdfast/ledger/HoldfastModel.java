package io.holdfast.ledger;

import io.holdfast.model.ClusterState;
import io.holdfast.model.Codec;
import io.holdfast.model.CodecException;
import io.holdfast.model.Entry;
import io.holdfast.model.Levels;
import io.holdfast.model.Rules;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/** The model as it is. */
class HoldfastModel implements Model {
    @Override
    public ClusterState initial() {
        return ClusterState.empty();
    }

    @Override
    public Levels levels() {
        return Levels.THIS;
    }

    @Override
    public Rules.Applied apply(ClusterState state, long index, Entry entry) {
        return Rules.apply(state, index, entry);
    }

    @Override
    public byte[] encode(Entry entry) {
        return Codec.encode(entry);
    }

    /** Checksums and digests were checked below, so what cannot be read is of another version. */
    @Override
    public Entry decode(byte[] bytes) throws NewerFormat {
        try {
            return Codec.entry(bytes);
        } catch (CodecException e) {
            throw new NewerFormat(String.valueOf(e.getMessage()));
        }
    }

    @Override
    public byte[] encodeState(ClusterState state) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(1 << 16);
        try {
            Codec.write(state, out);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // memory does not fail
        }
        return out.toByteArray();
    }

    @Override
    public ClusterState decodeState(byte[] bytes) throws NewerFormat {
        try {
            return Codec.readState(new ByteArrayInputStream(bytes));
        } catch (CodecException e) {
            throw new NewerFormat(String.valueOf(e.getMessage()));
        } catch (IOException e) {
            throw new UncheckedIOException(e); // memory does not fail
        }
    }
}
