package io.holdfast.model;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import org.pcollections.PSortedMap;
import org.pcollections.PVector;

/** How values of one Java type stand in CBOR. Made once from the type; the token read is the first of the value. */
interface Shape {
    void write(JsonGenerator out, Object value) throws IOException;

    Object read(JsonParser in) throws IOException;

    /** The value of a component that an older version did not write. */
    Object missing();

    static Shape of(Type type) {
        if (type instanceof ParameterizedType generic) {
            return ofGeneric((Class<?>) generic.getRawType(), generic.getActualTypeArguments());
        }
        Class<?> plain = (Class<?>) type;
        if (plain == String.class) {
            return Shapes.TEXT;
        } else if (plain == long.class) {
            return Shapes.LONG;
        } else if (plain == int.class || plain == Integer.class) {
            return Shapes.INT;
        } else if (plain == boolean.class) {
            return Shapes.TRUTH;
        } else if (plain == Duration.class) {
            return Shapes.DURATION;
        } else if (plain == OptionalInt.class) {
            return Shapes.OPTIONAL_INT;
        } else if (plain.isEnum()) {
            return new Shapes.OfEnum(plain);
        } else if (plain.isRecord()) {
            return new RecordShape(plain);
        } else if (plain.isSealed()) {
            return new SealedShape(plain);
        }
        throw new IllegalArgumentException("No encoding for " + type.getTypeName());
    }

    private static Shape ofGeneric(Class<?> raw, Type[] arguments) {
        if (raw == Optional.class) {
            return new Shapes.OfOptional(of(arguments[0]));
        } else if (raw == List.class || raw == PVector.class) {
            return new Shapes.OfList(of(arguments[0]));
        } else if ((raw == SortedMap.class || raw == PSortedMap.class) && arguments[0] == String.class) {
            return new Shapes.OfMap(of(arguments[1]));
        }
        throw new IllegalArgumentException("No encoding for " + raw.getTypeName());
    }

    /** Fails unless the present token is {@code wanted}. */
    static void expect(JsonParser in, JsonToken wanted) throws IOException {
        if (in.currentToken() != wanted) {
            throw new com.fasterxml.jackson.core.JsonParseException(
                    in, "expected " + wanted + ", found " + in.currentToken());
        }
    }

    /** A name that only a newer version can have written. */
    final class NotKnown extends IOException {
        private final String what;

        NotKnown(String what) {
            super(what);
            this.what = what;
        }

        String what() {
            return what;
        }
    }
}
