package io.holdfast.fencing;

import java.io.IOException;

/** The messages about leases: a version byte, a kind byte, then the fields in order. */
public sealed interface LeaseMessage {
    byte VERSION = 1;

    String RENEW = "lease.renew";
    String ACK = "lease.ack";
    String ASK = "lease.ask";
    String ANSWER = "lease.answer";
    String CALL = "lease.call";
    String HERE = "lease.here";

    /** A member asks a voter to renew its lease. */
    record Renew(Member member, long session, long seq) implements LeaseMessage {}

    /** A voter did; {@code votes} is the index of the voter configuration that it is in. */
    record Ack(Member member, long session, long seq, long votes) implements LeaseMessage {}

    /** A leader asks how things stand with a member; with incarnation 0, only which voter configuration is applied. */
    record Ask(Member member, long round) implements LeaseMessage {}

    /**
     * A voter answers.
     *
     * @param round of the question, 0 if nobody asked
     * @param votes index of the voter configuration that it has applied
     * @param refused it will never renew the member's lease again; only then {@code left} means something
     * @param quiet for how long it acknowledged nothing to the member, as far as it remembers, in nanoseconds
     * @param left what is still to wait from now, in nanoseconds
     * @param hold whether the wait is that of a hold
     */
    record Answer(Member member, long round, long votes, boolean refused, long quiet, long left, boolean hold)
            implements LeaseMessage {}

    /** {@code origin} asks whether a member still runs; passed on by those who are asked by the origin itself. */
    record Call(Member member, long nonce, String origin) implements LeaseMessage {}

    /** The member does: it answers a call that was sent before. */
    record Here(Member member, long nonce, String origin) implements LeaseMessage {}

    /** {@return the message as bytes} */
    default byte[] encoded() {
        LeaseBytes.Writer out = new LeaseBytes.Writer();
        out.writeByte(VERSION);
        if (this instanceof Renew m) {
            head(out, 1, m.member());
            out.writeLong(m.session());
            out.writeLong(m.seq());
        } else if (this instanceof Ack m) {
            head(out, 2, m.member());
            out.writeLong(m.session());
            out.writeLong(m.seq());
            out.writeLong(m.votes());
        } else if (this instanceof Ask m) {
            head(out, 3, m.member());
            out.writeLong(m.round());
        } else if (this instanceof Answer m) {
            head(out, 4, m.member());
            out.writeLong(m.round());
            out.writeLong(m.votes());
            out.writeBoolean(m.refused());
            out.writeLong(m.quiet());
            out.writeLong(m.left());
            out.writeBoolean(m.hold());
        } else if (this instanceof Call m) {
            head(out, 5, m.member());
            out.writeLong(m.nonce());
            out.writeText(m.origin());
        } else if (this instanceof Here m) {
            head(out, 6, m.member());
            out.writeLong(m.nonce());
            out.writeText(m.origin());
        }
        return out.bytes();
    }

    private static void head(LeaseBytes.Writer out, int kind, Member member) {
        out.writeByte(kind);
        out.writeText(member.node());
        out.writeLong(member.incarnation());
    }

    /**
     * {@return the message that these bytes are}
     *
     * @throws IOException if they are none, or of a version that is not known here
     */
    static LeaseMessage decoded(byte[] bytes) throws IOException {
        LeaseBytes.Reader in = new LeaseBytes.Reader(bytes);
        byte version = in.readByte();
        if (version != VERSION) {
            throw new IOException("lease message of version " + version + ", this node knows " + VERSION);
        }
        int kind = in.readByte();
        Member member = new Member(in.readText(), in.readLong());
        return switch (kind) {
            case 1 -> new Renew(member, in.readLong(), in.readLong());
            case 2 -> new Ack(member, in.readLong(), in.readLong(), in.readLong());
            case 3 -> new Ask(member, in.readLong());
            case 4 ->
                new Answer(
                        member,
                        in.readLong(),
                        in.readLong(),
                        in.readBoolean(),
                        in.readLong(),
                        in.readLong(),
                        in.readBoolean());
            case 5 -> new Call(member, in.readLong(), in.readText());
            case 6 -> new Here(member, in.readLong(), in.readText());
            default -> throw new IOException("lease message of kind " + kind);
        };
    }
}
