package io.holdfast.daemon;

import io.holdfast.api.resource.Parameter;
import io.holdfast.api.resource.TypeDescription;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Fills in what a type gives in place of a missing value. */
final class Parameters {
    private Parameters() {}

    static Map<String, String> withDefaults(TypeDescription type, Map<String, String> given) {
        Map<String, String> all = new TreeMap<>(given);
        for (Parameter parameter : type.parameters()) {
            parameter.defaultValue().ifPresent(value -> all.putIfAbsent(parameter.name(), value));
        }
        return all;
    }

    /** {@return the first parameter that must have a value and has none} */
    static Optional<String> missing(TypeDescription type, Map<String, String> all) {
        return type.parameters().stream()
                .filter(parameter -> parameter.required() && !all.containsKey(parameter.name()))
                .map(Parameter::name)
                .findFirst();
    }
}
