package io.holdfast.api.runtime;

import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Lets another version of resource types prove itself on what is configured and runs on this node. While one is on trial, a monitor
 * of these types that fails is told here, and nothing else is done about it: it may be the new version's fault. On the loop.
 */
@ProviderType
public interface TypeTrials {
    /**
     * What is known of the types on trial.
     *
     * @param waiting what is not known yet, one sentence each; ask again
     * @param troubles what is worse than before, one sentence each
     */
    record Verdict(List<String> waiting, List<String> troubles) {
        /** Copies the lists. */
        public Verdict {
            waiting = List.copyOf(waiting);
            troubles = List.copyOf(troubles);
        }
    }

    /**
     * Begins a trial, and ends any before it. To be called while the version of before is still there.
     *
     * @param types full names, or the prefix of a family with its colon
     * @return completes on the loop when it is known what passes its {@code validate} now
     */
    CompletionStage<Void> begin(Set<String> types);

    /** {@return completes on the loop with how the types do, which have to be on offer} */
    CompletionStage<Verdict> look();

    /** Ends the trial: whatever fails from now on is treated as ever. */
    void end();
}
