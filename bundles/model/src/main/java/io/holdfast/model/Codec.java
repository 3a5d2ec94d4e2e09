package io.holdfast.model;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;

/**
 * Writes entries, results and states as bytes, and reads them again.
 *
 * <p>The bytes are an envelope ({@code H F}, what it is, major and minor version of the format) and CBOR (RFC 8949). Records are maps
 * by component name, so a component that is new in a later version is passed over here, and one that is missing in an earlier version
 * gets the empty value of its type. A record, component or constant must therefore never be renamed; what cannot be read that way
 * (a command that is not known here, another major version) is refused with the versions in the message. Equal values give equal
 * bytes. Any thread.
 */
public final class Codec {
    /** Changes when older versions cannot read what is written any more. */
    public static final int MAJOR = 1;

    /** Grows with each addition that older versions may pass over. */
    public static final int MINOR = 1;

    private static final CBORFactory CBOR = new CBORFactory();
    private static final Shape ENTRY = Shape.of(Entry.class);
    private static final Shape RESULT = Shape.of(Result.class);
    private static final Shape STATE = Shape.of(ClusterState.class);

    private enum Kind {
        ENTRY(0),
        RESULT(1),
        STATE(2);

        final byte mark;

        Kind(int mark) {
            this.mark = (byte) mark;
        }
    }

    private Codec() {}

    /** {@return the bytes of an entry} */
    public static byte[] encode(Entry entry) {
        return bytes(Kind.ENTRY, ENTRY, entry);
    }

    /** {@return the bytes of a result} */
    public static byte[] encode(Result result) {
        return bytes(Kind.RESULT, RESULT, result);
    }

    /**
     * Writes the whole state, piece by piece; {@code out} is not closed.
     *
     * @throws IOException if {@code out} fails
     */
    public static void write(ClusterState state, OutputStream out) throws IOException {
        write(Kind.STATE, STATE, state, out);
    }

    /**
     * {@return the entry in these bytes}
     *
     * @throws CodecException if they are none that this version can read
     */
    public static Entry entry(byte[] bytes) {
        return (Entry) value(Kind.ENTRY, ENTRY, bytes);
    }

    /**
     * {@return the result in these bytes}
     *
     * @throws CodecException if they are none that this version can read
     */
    public static Result result(byte[] bytes) {
        return (Result) value(Kind.RESULT, RESULT, bytes);
    }

    /**
     * Reads a state piece by piece; {@code in} is not closed.
     *
     * @throws IOException if {@code in} fails
     * @throws CodecException if it holds none that this version can read
     */
    public static ClusterState readState(InputStream in) throws IOException {
        return (ClusterState) read(Kind.STATE, STATE, in);
    }

    private static byte[] bytes(Kind kind, Shape shape, Object value) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(256);
        try {
            write(kind, shape, value, out);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // memory does not fail
        }
        return out.toByteArray();
    }

    private static void write(Kind kind, Shape shape, Object value, OutputStream out) throws IOException {
        out.write(new byte[] {'H', 'F', kind.mark, MAJOR, MINOR});
        try (JsonGenerator generator = CBOR.createGenerator(out)) {
            generator.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
            shape.write(generator, value);
        }
    }

    private static Object value(Kind kind, Shape shape, byte[] bytes) {
        try {
            return read(kind, shape, new ByteArrayInputStream(bytes));
        } catch (IOException e) {
            throw new UncheckedIOException(e); // memory does not fail
        }
    }

    private static Object read(Kind kind, Shape shape, InputStream in) throws IOException {
        byte[] head = in.readNBytes(5);
        if (head.length < 5 || head[0] != 'H' || head[1] != 'F' || head[2] != kind.mark) {
            throw new CodecException(
                    "These bytes are no Holdfast " + kind.name().toLowerCase(java.util.Locale.ROOT)
                            + ": they are damaged, or come from another program");
        }
        if (head[3] != MAJOR) {
            throw new CodecException("Written in format " + head[3] + "." + head[4]
                    + ", this version of Holdfast reads format " + MAJOR + "; update this node");
        }
        try (JsonParser parser = CBOR.createParser(in)) {
            parser.disable(JsonParser.Feature.AUTO_CLOSE_SOURCE);
            parser.nextToken();
            return shape.read(parser);
        } catch (Shape.NotKnown e) {
            throw new CodecException(e.what() + " is not known to this version of Holdfast (format " + MAJOR + "."
                    + MINOR + "); it was written in format " + head[3] + "." + head[4] + ": update this node");
        } catch (JsonProcessingException e) {
            throw new CodecException(
                    "A Holdfast " + kind.name().toLowerCase(java.util.Locale.ROOT) + " is damaged: "
                            + e.getOriginalMessage(),
                    e);
        }
    }
}
