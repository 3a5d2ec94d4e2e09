package io.holdfast.ledger;

import io.holdfast.model.ClusterState;
import io.holdfast.model.ledger.ReplicatedLog.Voters;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Everything that replaces the log up to an index.
 *
 * @param seated voters that have stored something: one that comes back empty was wiped
 */
record Snapshot(ClusterState state, Voters voters, SortedSet<String> seated, Sessions sessions) {
    private static final int MAGIC = 0x48464c53; // HFLS
    private static final int FORMAT = 1;

    byte[] encode(Model model) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(1 << 16);
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeInt(MAGIC);
            out.writeInt(FORMAT);
            out.writeLong(voters.index());
            Wire.writeNames(out, voters.voting());
            Wire.writeNames(out, voters.listening());
            Wire.writeNames(out, List.copyOf(seated));
            sessions.write(out);
            byte[] encoded = model.encodeState(state);
            out.writeInt(encoded.length);
            out.write(encoded);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // memory does not fail
        }
        return bytes.toByteArray();
    }

    static Snapshot decode(Model model, byte[] bytes) throws NewerFormat, IOException {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            if (in.readInt() != MAGIC) {
                throw new IOException("it is no snapshot of Holdfast's");
            }
            int format = in.readInt();
            if (format > FORMAT) {
                throw new NewerFormat("a snapshot has format " + format + ", and this version reads up to " + FORMAT);
            }
            Voters voters = new Voters(in.readLong(), Wire.readNames(in), Wire.readNames(in));
            SortedSet<String> seated = new TreeSet<>(Wire.readNames(in));
            Sessions sessions = Sessions.read(in);
            return new Snapshot(model.decodeState(in.readNBytes(in.readInt())), voters, seated, sessions);
        }
    }
}
