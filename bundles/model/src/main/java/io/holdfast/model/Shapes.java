package io.holdfast.model;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.pcollections.TreePMap;
import org.pcollections.TreePVector;

/** The shapes of plain values and of collections. */
final class Shapes {
    private Shapes() {}

    private interface Writer {
        void write(JsonGenerator out, Object value) throws IOException;
    }

    private interface Reader {
        Object read(JsonParser in) throws IOException;
    }

    private record Plain(Object missing, Writer writer, Reader reader) implements Shape {
        @Override
        public void write(JsonGenerator out, Object value) throws IOException {
            writer.write(out, value);
        }

        @Override
        public Object read(JsonParser in) throws IOException {
            return reader.read(in);
        }
    }

    static final Shape TEXT = new Plain("", (out, value) -> out.writeString((String) value), in -> {
        Shape.expect(in, JsonToken.VALUE_STRING);
        return in.getText();
    });
    static final Shape LONG = new Plain(0L, (out, value) -> out.writeNumber((long) value), JsonParser::getLongValue);
    static final Shape INT = new Plain(0, (out, value) -> out.writeNumber((int) value), JsonParser::getIntValue);
    static final Shape TRUTH =
            new Plain(false, (out, value) -> out.writeBoolean((boolean) value), JsonParser::getBooleanValue);
    static final Shape DURATION = new Plain(Duration.ZERO, (out, value) -> out.writeString(value.toString()), in -> {
        Shape.expect(in, JsonToken.VALUE_STRING);
        try {
            return Duration.parse(in.getText());
        } catch (DateTimeParseException e) {
            throw new CodecException("'" + in.getText() + "' is no duration: the bytes are damaged", e);
        }
    });
    static final Shape OPTIONAL_INT = new Plain(
            OptionalInt.empty(),
            (out, value) -> {
                OptionalInt number = (OptionalInt) value;
                if (number.isPresent()) {
                    out.writeNumber(number.getAsInt());
                } else {
                    out.writeNull();
                }
            },
            in -> in.currentToken() == JsonToken.VALUE_NULL ? OptionalInt.empty() : OptionalInt.of(in.getIntValue()));

    record OfEnum(Class<?> type) implements Shape {
        @Override
        public void write(JsonGenerator out, Object value) throws IOException {
            out.writeString(((Enum<?>) value).name());
        }

        @Override
        public Object read(JsonParser in) throws IOException {
            String name = in.getText();
            for (Object constant : type.getEnumConstants()) {
                if (((Enum<?>) constant).name().equals(name)) {
                    return constant;
                }
            }
            throw new NotKnown(type.getSimpleName() + " '" + name + "'");
        }

        @Override
        public Object missing() {
            return type.getEnumConstants()[0];
        }
    }

    record OfOptional(Shape shape) implements Shape {
        @Override
        public void write(JsonGenerator out, Object value) throws IOException {
            Optional<?> optional = (Optional<?>) value;
            if (optional.isPresent()) {
                shape.write(out, optional.get());
            } else {
                out.writeNull();
            }
        }

        @Override
        public Object read(JsonParser in) throws IOException {
            return in.currentToken() == JsonToken.VALUE_NULL ? Optional.empty() : Optional.of(shape.read(in));
        }

        @Override
        public Object missing() {
            return Optional.empty();
        }
    }

    /** A list; read as a persistent one, which serves where a plain one is asked for. */
    record OfList(Shape shape) implements Shape {
        @Override
        public void write(JsonGenerator out, Object value) throws IOException {
            out.writeStartArray();
            for (Object element : (List<?>) value) {
                shape.write(out, element);
            }
            out.writeEndArray();
        }

        @Override
        public Object read(JsonParser in) throws IOException {
            Shape.expect(in, JsonToken.START_ARRAY);
            List<Object> values = new ArrayList<>();
            while (in.nextToken() != JsonToken.END_ARRAY) {
                values.add(shape.read(in));
            }
            return TreePVector.from(values);
        }

        @Override
        public Object missing() {
            return TreePVector.empty();
        }
    }

    /** A sorted map from text; read as a persistent one, which serves where a plain one is asked for. */
    record OfMap(Shape shape) implements Shape {
        @Override
        public void write(JsonGenerator out, Object value) throws IOException {
            out.writeStartObject();
            for (Map.Entry<?, ?> entry : ((Map<?, ?>) value).entrySet()) {
                out.writeFieldName((String) entry.getKey());
                shape.write(out, entry.getValue());
            }
            out.writeEndObject();
        }

        @Override
        public Object read(JsonParser in) throws IOException {
            Shape.expect(in, JsonToken.START_OBJECT);
            TreeMap<String, Object> values = new TreeMap<>();
            while (in.nextToken() == JsonToken.FIELD_NAME) {
                String key = in.currentName();
                in.nextToken();
                values.put(key, shape.read(in));
            }
            Shape.expect(in, JsonToken.END_OBJECT);
            return TreePMap.fromSortedMap(values);
        }

        @Override
        public Object missing() {
            return TreePMap.<String, Object>empty();
        }
    }
}
