package io.holdfast.ledger;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;

/** A leader's answer to who sent it a command. */
final class AttemptCodec {
    private static final int DONE = 1;
    private static final int REFUSED = 2;
    private static final int MAYBE = 3;

    private AttemptCodec() {}

    static void write(DataOutputStream out, Engine.Attempt attempt) throws IOException {
        if (attempt instanceof Engine.Attempt.Done done) {
            out.writeByte(DONE);
            out.writeLong(done.index());
        } else if (attempt instanceof Engine.Attempt.Refused refused) {
            out.writeByte(REFUSED);
            Wire.writeText(out, refused.reason());
        } else if (attempt instanceof Engine.Attempt.Maybe maybe) {
            out.writeByte(MAYBE);
            Wire.writeText(out, maybe.reason());
        }
    }

    static Engine.Attempt read(DataInputStream in) throws IOException {
        return switch (in.readByte()) {
            case DONE -> new Engine.Attempt.Done(in.readLong());
            case REFUSED -> new Engine.Attempt.Refused(Wire.readText(in));
            default -> new Engine.Attempt.Maybe(Wire.readText(in));
        };
    }
}
