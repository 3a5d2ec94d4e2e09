package io.holdfast.model;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;

/** One of the records of a sealed interface: a map with one key, the record's name. */
final class SealedShape implements Shape {
    private final Class<?> type;
    private final Map<String, Shape> shapes = new TreeMap<>();

    SealedShape(Class<?> type) {
        this.type = type;
        for (Class<?> permitted : type.getPermittedSubclasses()) {
            shapes.put(permitted.getSimpleName(), new RecordShape(permitted));
        }
    }

    @Override
    public void write(JsonGenerator out, Object value) throws IOException {
        String name = value.getClass().getSimpleName();
        out.writeStartObject();
        out.writeFieldName(name);
        shape(name).write(out, value);
        out.writeEndObject();
    }

    @Override
    public Object read(JsonParser in) throws IOException {
        Shape.expect(in, JsonToken.START_OBJECT);
        in.nextToken();
        Shape.expect(in, JsonToken.FIELD_NAME);
        Shape shape = shape(in.currentName());
        in.nextToken();
        Object value = shape.read(in);
        in.nextToken();
        Shape.expect(in, JsonToken.END_OBJECT);
        return value;
    }

    private Shape shape(String name) throws IOException {
        Shape shape = shapes.get(name);
        if (shape == null) {
            throw new NotKnown(type.getSimpleName() + " '" + name + "'");
        }
        return shape;
    }

    @Override
    public Object missing() {
        throw new CodecException(
                "A " + type.getSimpleName() + " is missing where there must be one: the bytes are damaged");
    }
}
