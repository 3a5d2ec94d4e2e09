package io.holdfast.daemon;

import io.holdfast.api.transport.Registration;
import java.util.Map;

/** The nodes of the cluster as this node sees them now. Called on the loop. */
public interface Peers {
    /** Attribute of a node: the full names of the types that it offers, sorted, separated by one space. */
    String TYPES = "types";

    /** Attribute of a node: {@code true} while it moves everything away in order to leave. */
    String LEAVING = "leaving";

    /** {@return the incarnation under which this node joined or resumed; 0 while it has not} */
    long incarnation();

    /** {@return whether the node gave a sign of life within about a lease} */
    boolean heard(String node);

    /** {@return the attributes that each node told last, by node name; those of a node are another map when they changed} */
    Map<String, Map<String, String>> attributes();

    /** Tells all nodes an attribute of this one; an empty value removes it. */
    void tell(String key, String value);

    /** Calls back on the loop when any of the answers above may have changed. */
    Registration onChange(Runnable changed);
}
