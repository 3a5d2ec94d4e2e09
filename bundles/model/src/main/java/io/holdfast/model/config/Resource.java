package io.holdfast.model.config;

import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A resource to keep running. What is empty falls back to the defaults of the document, then of the type.
 *
 * @param name its name, which no other resource or group has
 * @param type {@code ocf:PROVIDER:AGENT}, {@code process}, or the name that a bundle registers
 * @param parameters as written; defaults of the type are not filled in
 * @param start limit of a start
 * @param stop limit of a stop
 * @param monitor interval and limit of the monitor
 * @param stickiness how much it likes to stay where it runs
 * @param migrationThreshold failures on a node that forbid it that node; 0: any number
 * @param failureTimeout how long a failure counts; zero: until {@code retry}
 * @param priority who is placed first when not all find room; higher first
 * @param uses what it takes of a node's capacity, by kind
 * @param operations what else is said about operations, by their names in the document: {@code promote}, {@code demote}, {@code
 *     monitor-promoted}
 * @param options what else is said of it, by name, as {@link Option} lists it
 */
public record Resource(
        String name,
        String type,
        SortedMap<String, String> parameters,
        OperationSetting start,
        OperationSetting stop,
        OperationSetting monitor,
        OptionalInt stickiness,
        OptionalInt migrationThreshold,
        Optional<Duration> failureTimeout,
        int priority,
        SortedMap<String, Integer> uses,
        SortedMap<String, OperationSetting> operations,
        SortedMap<String, String> options) {

    /** Copies the maps. */
    public Resource {
        parameters = Collections.unmodifiableSortedMap(new TreeMap<>(parameters));
        uses = Collections.unmodifiableSortedMap(new TreeMap<>(uses));
        operations = Collections.unmodifiableSortedMap(new TreeMap<>(operations));
        options = Collections.unmodifiableSortedMap(new TreeMap<>(options));
    }

    /** A resource of which nothing further is said. */
    public Resource(
            String name,
            String type,
            SortedMap<String, String> parameters,
            OperationSetting start,
            OperationSetting stop,
            OperationSetting monitor,
            OptionalInt stickiness,
            OptionalInt migrationThreshold,
            Optional<Duration> failureTimeout,
            int priority) {
        this(
                name,
                type,
                parameters,
                start,
                stop,
                monitor,
                stickiness,
                migrationThreshold,
                failureTimeout,
                priority,
                Collections.emptySortedMap(),
                Collections.emptySortedMap(),
                Collections.emptySortedMap());
    }

    /** A resource with nothing but its type and parameters. */
    public static Resource of(String name, String type, Map<String, String> parameters) {
        return new Resource(
                name,
                type,
                new TreeMap<>(parameters),
                OperationSetting.UNSET,
                OperationSetting.UNSET,
                OperationSetting.UNSET,
                OptionalInt.empty(),
                OptionalInt.empty(),
                Optional.empty(),
                0);
    }

    /** {@return the same under another name, for one instance of it} */
    public Resource named(String other) {
        return new Resource(
                other,
                type,
                parameters,
                start,
                stop,
                monitor,
                stickiness,
                migrationThreshold,
                failureTimeout,
                priority,
                uses,
                operations,
                options);
    }

    /** {@return whether it runs the same thing as {@code other}: the same type with the same parameters} */
    public boolean sameService(Resource other) {
        return type.equals(other.type) && parameters.equals(other.parameters);
    }
}
