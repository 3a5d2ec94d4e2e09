package io.holdfast.config;

import io.holdfast.api.resource.TypeDescription;
import java.util.Optional;
import java.util.Set;

/** What the reader of a document asks about the cluster that it is for. */
public interface TypeLookup {

    /** {@return the description of the type, if this node has it: then parameters are checked against it} */
    Optional<TypeDescription> describe(String type);

    /** {@return whether any node offers the type} */
    boolean offered(String type);

    /** {@return the names of all nodes, if they are known: then names of nodes are checked against them} */
    default Optional<Set<String>> nodes() {
        return Optional.empty();
    }

    /** {@return a lookup that takes every type for offered and knows none} */
    static TypeLookup trusting() {
        return new TypeLookup() {
            @Override
            public Optional<TypeDescription> describe(String type) {
                return Optional.empty();
            }

            @Override
            public boolean offered(String type) {
                return true;
            }
        };
    }
}
