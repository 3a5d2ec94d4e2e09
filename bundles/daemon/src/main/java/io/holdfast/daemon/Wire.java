package io.holdfast.daemon;

import io.holdfast.api.resource.Parameter;
import io.holdfast.api.resource.Promotion;
import io.holdfast.api.resource.TypeDescription;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** How daemons write what they ask each other. The first byte is the version. */
final class Wire {
    private static final int VERSION = 1;

    /** A type has tens of parameters; a corrupt number must not reserve memory. */
    private static final int MOST = 10_000;

    private Wire() {}

    /** A question: validate this within that. */
    record Validation(Instance instance, Duration limit) {}

    private interface Writing {
        void to(DataOutputStream out) throws IOException;
    }

    private interface Reading<T> {
        T from(DataInputStream in) throws IOException;
    }

    static byte[] text(String text) {
        return write(out -> out.writeUTF(text));
    }

    static String text(byte[] bytes) {
        return read(bytes, in -> in.readUTF());
    }

    static byte[] description(Optional<TypeDescription> description) {
        return write(out -> {
            out.writeBoolean(description.isPresent());
            if (description.isPresent()) {
                TypeDescription type = description.get();
                out.writeUTF(type.name());
                out.writeUTF(type.summary());
                out.writeInt(type.parameters().size());
                for (Parameter parameter : type.parameters()) {
                    out.writeUTF(parameter.name());
                    out.writeUTF(parameter.kind().name());
                    out.writeBoolean(parameter.required());
                    out.writeBoolean(parameter.defaultValue().isPresent());
                    out.writeUTF(parameter.defaultValue().orElse(""));
                    out.writeUTF(parameter.description());
                }
                out.writeLong(type.start().toMillis());
                out.writeLong(type.stop().toMillis());
                out.writeLong(type.monitor().toMillis());
                out.writeLong(type.interval().toMillis());
                out.writeBoolean(type.inDaemon());
                out.writeBoolean(type.promotion().isPresent()); // an older daemon reads no further than before
                if (type.promotion().isPresent()) {
                    out.writeLong(type.promotion().get().promote().toMillis());
                    out.writeLong(type.promotion().get().demote().toMillis());
                }
            }
        });
    }

    static Optional<TypeDescription> description(byte[] bytes) {
        return read(bytes, in -> {
            if (!in.readBoolean()) {
                return Optional.<TypeDescription>empty();
            }
            String name = in.readUTF();
            String summary = in.readUTF();
            List<Parameter> parameters = new ArrayList<>();
            for (int left = count(in); left > 0; left--) {
                String parameter = in.readUTF();
                Parameter.Kind kind = kind(in.readUTF());
                boolean required = in.readBoolean();
                boolean hasDefault = in.readBoolean();
                String value = in.readUTF();
                parameters.add(new Parameter(
                        parameter, kind, required, hasDefault ? Optional.of(value) : Optional.empty(), in.readUTF()));
            }
            return Optional.of(new TypeDescription(
                    name,
                    summary,
                    parameters,
                    Duration.ofMillis(in.readLong()),
                    Duration.ofMillis(in.readLong()),
                    Duration.ofMillis(in.readLong()),
                    Duration.ofMillis(in.readLong()),
                    in.readBoolean(),
                    promotion(in)));
        });
    }

    /** An older daemon says nothing of it. */
    private static Optional<Promotion> promotion(DataInputStream in) throws IOException {
        return in.available() > 0 && in.readBoolean()
                ? Optional.of(new Promotion(Duration.ofMillis(in.readLong()), Duration.ofMillis(in.readLong())))
                : Optional.empty();
    }

    /** A newer node may know kinds that we do not: their values are then not checked here. */
    private static Parameter.Kind kind(String name) {
        for (Parameter.Kind kind : Parameter.Kind.values()) {
            if (kind.name().equals(name)) {
                return kind;
            }
        }
        return Parameter.Kind.STRING;
    }

    static byte[] validation(Validation validation) {
        return write(out -> {
            Instance instance = validation.instance();
            out.writeUTF(instance.name());
            out.writeUTF(instance.type());
            out.writeInt(instance.parameters().size());
            for (Map.Entry<String, String> parameter : instance.parameters().entrySet()) {
                out.writeUTF(parameter.getKey());
                out.writeUTF(parameter.getValue());
            }
            out.writeLong(validation.limit().toMillis());
        });
    }

    static Validation validation(byte[] bytes) {
        return read(bytes, in -> {
            String name = in.readUTF();
            String type = in.readUTF();
            Map<String, String> parameters = new TreeMap<>();
            for (int left = count(in); left > 0; left--) {
                parameters.put(in.readUTF(), in.readUTF());
            }
            return new Validation(new Instance(name, type, parameters, 0, Map.of()), Duration.ofMillis(in.readLong()));
        });
    }

    static byte[] outcome(Outcome outcome) {
        return write(out -> {
            if (outcome instanceof Outcome.Failed failed) {
                out.writeByte('F');
                out.writeUTF(failed.reason());
            } else if (outcome instanceof Outcome.Unknown unknown) {
                out.writeByte('U');
                out.writeUTF(unknown.reason());
            } else {
                out.writeByte('O');
            }
        });
    }

    static Outcome outcome(byte[] bytes) {
        return read(bytes, in -> switch (in.readByte()) {
            case 'O' -> new Outcome.Ok();
            case 'F' -> new Outcome.Failed(in.readUTF(), true);
            case 'U' -> new Outcome.Unknown(in.readUTF());
            default -> new Outcome.Unknown("it answered something that this version does not know");
        });
    }

    private static int count(DataInputStream in) throws IOException {
        int count = in.readInt();
        if (count < 0 || count > MOST) {
            throw new IOException(count + " entries");
        }
        return count;
    }

    private static byte[] write(Writing body) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeByte(VERSION);
            body.to(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static <T> T read(byte[] bytes, Reading<T> body) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            int version = in.readByte();
            if (version != VERSION) {
                throw new IOException("version " + version + " of the message is not known here");
            }
            return body.from(in);
        } catch (IOException e) {
            throw new IllegalArgumentException("a message of another daemon cannot be read: " + e.getMessage(), e);
        }
    }
}
