package io.holdfast.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import io.holdfast.model.ClusterState;
import io.holdfast.model.Codec;
import io.holdfast.model.Entry;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;

/**
 * Entries and states as they come out of bytes, on a cluster whose nodes are not all of one version: a later one writes components
 * that this one does not know, under a greater minor number.
 */
final class OtherVersion {
    private static final int HEAD = 5;
    private static final int MINOR_AT = 4;
    private static final ObjectMapper CBOR = new ObjectMapper(new CBORFactory());

    private OtherVersion() {}

    /** {@return the entry as it is read from what the other version writes} */
    static Entry read(Entry entry) {
        try {
            byte[] bytes = Codec.encode(entry);
            JsonNode tree = CBOR.readTree(Arrays.copyOfRange(bytes, HEAD, bytes.length));
            addUnknown(tree);
            ByteArrayOutputStream later = new ByteArrayOutputStream();
            later.write(bytes, 0, HEAD);
            later.write(CBOR.writeValueAsBytes(tree));
            byte[] written = later.toByteArray();
            written[MINOR_AT]++;
            return Codec.entry(written);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // memory does not fail
        }
    }

    /** {@return the state as it is read from a snapshot} */
    static ClusterState read(ClusterState state) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            Codec.write(state, bytes);
            return Codec.readState(new ByteArrayInputStream(bytes.toByteArray()));
        } catch (IOException e) {
            throw new UncheckedIOException(e); // memory does not fail
        }
    }

    private static void addUnknown(JsonNode tree) {
        if (tree instanceof ObjectNode object && object.has("origin")) {
            object.put("learnedLater", "something");
        }
    }
}
