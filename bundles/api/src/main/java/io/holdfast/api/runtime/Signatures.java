package io.holdfast.api.runtime;

import java.io.IOException;
import java.nio.file.Path;
import org.osgi.annotation.versioning.ProviderType;

/** Whose code this node takes from elsewhere. Blocks; any thread but the loop. */
@ProviderType
public interface Signatures {
    /** {@return whether this node takes only what somebody signed whom it knows} */
    boolean required();

    /**
     * Checks a jar: a bundle, or a KAR. Where nothing is required this returns at once.
     *
     * @throws IOException if nobody whom this node knows signed all of it, or it was changed since; the message says what is wrong and
     *     what to do, as the end of a sentence
     */
    void check(Path jar) throws IOException;
}
