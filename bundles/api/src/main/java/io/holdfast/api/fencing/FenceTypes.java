package io.holdfast.api.fencing;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.osgi.annotation.versioning.ProviderType;

/** The kinds of fence device that this node can ask: a service. Any thread; nothing blocks. */
@ProviderType
public interface FenceTypes {

    /**
     * Looks for all of them, which runs each executable once; what it said is kept until the file changes.
     *
     * @param limit after it, those that have not answered yet come with a {@link FenceType#problem} that says so
     * @return completes on the node's loop, sorted by name
     */
    CompletionStage<List<FenceType>> all(Duration limit);

    /**
     * Looks for one of them.
     *
     * @param name a name, or the path of an executable
     * @return completes on the node's loop, or fails with {@link io.holdfast.api.cluster.ClusterException} that says what is missing
     */
    CompletionStage<FenceType> one(String name, Duration limit);
}
