package io.holdfast.api.runtime;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.osgi.annotation.versioning.ProviderType;

/** Replaces a bundle that cannot look after that itself, since its own code ends with it. Any thread; nothing blocks. */
@ProviderType
public interface Replacements {
    /**
     * Puts another content into a bundle and starts it; if it does not come up, with all its components, the content of before.
     *
     * @param bundle its symbolic name
     * @param before what to put back
     * @param limit for the new one to come up, and again for the one of before
     * @return completes on the node's {@link Loop}: empty if the new one is at work, else why the one of before is at work again. Fails, with
     *     a message that says why, if that is not either, or if the bundle is being replaced already: then nothing was done
     */
    CompletionStage<String> replace(String bundle, byte[] content, byte[] before, Duration limit);

    /**
     * {@return what {@link #replace} gave when it was last asked about this bundle, for whoever comes after the code that asked; empty if
     * nobody did since this service came}
     */
    default Optional<CompletionStage<String>> last(String bundle) {
        return Optional.empty();
    }
}
