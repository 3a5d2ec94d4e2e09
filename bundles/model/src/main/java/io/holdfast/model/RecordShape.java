package io.holdfast.model;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.HashMap;
import java.util.Map;

/** A record as a map from component names. Unknown names are passed over. */
final class RecordShape implements Shape {
    private final Class<?> type;
    private final Constructor<?> constructor;
    private final String[] names;
    private final Method[] accessors;
    private final Shape[] shapes;
    private final Map<String, Integer> positions = new HashMap<>();

    RecordShape(Class<?> type) {
        this.type = type;
        RecordComponent[] components = type.getRecordComponents();
        int count = components.length;
        names = new String[count];
        accessors = new Method[count];
        shapes = new Shape[count];
        Class<?>[] types = new Class<?>[count];
        for (int i = 0; i < count; i++) {
            names[i] = components[i].getName();
            accessors[i] = components[i].getAccessor();
            shapes[i] = Shape.of(components[i].getGenericType());
            types[i] = components[i].getType();
            positions.put(names[i], i);
        }
        try {
            constructor = type.getDeclaredConstructor(types);
        } catch (NoSuchMethodException e) {
            throw new IllegalStateException("A record without its canonical constructor: " + type, e);
        }
    }

    @Override
    public void write(JsonGenerator out, Object value) throws IOException {
        out.writeStartObject();
        for (int i = 0; i < names.length; i++) {
            out.writeFieldName(names[i]);
            shapes[i].write(out, component(i, value));
        }
        out.writeEndObject();
    }

    private Object component(int i, Object value) {
        try {
            return accessors[i].invoke(value);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("Component " + names[i] + " of " + type + " cannot be read", e);
        }
    }

    @Override
    public Object read(JsonParser in) throws IOException {
        Shape.expect(in, JsonToken.START_OBJECT);
        Object[] values = new Object[names.length];
        while (in.nextToken() == JsonToken.FIELD_NAME) {
            Integer position = positions.get(in.currentName());
            in.nextToken();
            if (position == null) {
                in.skipChildren();
            } else {
                values[position] = shapes[position].read(in);
            }
        }
        Shape.expect(in, JsonToken.END_OBJECT);
        return make(values);
    }

    @Override
    public Object missing() {
        return make(new Object[names.length]);
    }

    private Object make(Object[] values) {
        for (int i = 0; i < values.length; i++) {
            if (values[i] == null) {
                values[i] = shapes[i].missing();
            }
        }
        try {
            return constructor.newInstance(values);
        } catch (InvocationTargetException e) {
            throw new CodecException("A " + type.getSimpleName() + " is damaged: " + e.getCause(), e);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("A " + type + " cannot be made", e);
        }
    }
}
