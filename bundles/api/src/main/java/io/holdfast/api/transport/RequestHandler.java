package io.holdfast.api.transport;

import java.util.concurrent.CompletionStage;
import org.osgi.annotation.versioning.ConsumerType;

/** Answers requests. */
@ConsumerType
@FunctionalInterface
public interface RequestHandler {

    /** {@return completes with the answer; a failure travels back as {@link RemoteException} with its message} */
    CompletionStage<byte[]> answer(String from, byte[] payload);
}
