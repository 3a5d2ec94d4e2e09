package io.holdfast.api.resource;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What people see of a type of resource.
 *
 * @param name the name under {@code type:} in the cluster document
 * @param summary one sentence
 * @param parameters in the order in which people should read them
 * @param start the longest that a start takes unless the cluster document says otherwise
 * @param stop the same of a stop
 * @param monitor the same of one monitor
 * @param interval the time from one monitor to the next; zero for none
 * @param inDaemon whether instances run inside the daemon's JVM and not in processes of their own
 * @param promotion if copies can be promoted, how long that takes; of a {@link Promotable} that says nothing {@link Promotion#USUAL}
 */
public record TypeDescription(
        String name,
        String summary,
        List<Parameter> parameters,
        Duration start,
        Duration stop,
        Duration monitor,
        Duration interval,
        boolean inDaemon,
        Optional<Promotion> promotion) {

    /** Copies the parameters. */
    public TypeDescription {
        parameters = List.copyOf(parameters);
    }

    /** Creates one that says nothing of promotion. */
    public TypeDescription(
            String name,
            String summary,
            List<Parameter> parameters,
            Duration start,
            Duration stop,
            Duration monitor,
            Duration interval,
            boolean inDaemon) {
        this(name, summary, parameters, start, stop, monitor, interval, inDaemon, Optional.empty());
    }

    /** Creates one with processes of its own and the usual limits: start 20 s, stop 20 s, monitor 10 s each 10 s. */
    public TypeDescription(String name, String summary, List<Parameter> parameters) {
        this(
                name,
                summary,
                parameters,
                Duration.ofSeconds(20),
                Duration.ofSeconds(20),
                Duration.ofSeconds(10),
                Duration.ofSeconds(10),
                false);
    }

    /** {@return the same of a type of which copies can be promoted} */
    public TypeDescription promoting(Promotion limits) {
        return new TypeDescription(
                name, summary, parameters, start, stop, monitor, interval, inDaemon, Optional.of(limits));
    }
}
