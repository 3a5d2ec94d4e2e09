package io.holdfast.deploy;

import io.holdfast.api.runtime.TypeTrials;
import io.holdfast.api.transport.Registration;
import java.util.Optional;
import java.util.Set;

/** This node, as it is now. On the loop. */
public interface Here {
    /** {@return its name} */
    String node();

    /** {@return the incarnation under which it joined or resumed; 0 while it has not} */
    long incarnation();

    /** {@return the full names of the resource types that it offers} */
    Set<String> types();

    /** {@return what lets another version of a type prove itself on what runs here; empty while there is no daemon} */
    Optional<TypeTrials> trials();

    /** Calls back when any of the answers above may have changed. */
    Registration onChange(Runnable changed);
}
