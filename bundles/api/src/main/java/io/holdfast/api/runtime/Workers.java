package io.holdfast.api.runtime;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import org.osgi.annotation.versioning.ProviderType;

/** Runs blocking work (agents, fence devices, files) off the loop and brings the result back to it. */
@ProviderType
public interface Workers {

    /**
     * Runs {@code work} on a worker thread that carries {@code name} while it does.
     *
     * @param name what the work is, for thread dumps, for example {@code start share-ip}
     * @param limit the longest the work may take, more than zero; then its thread is interrupted and the stage fails
     * @return completes on the node's {@link Loop} with the result, with what the work threw, or with
     *     {@link java.util.concurrent.TimeoutException}: then the work may still be running and its outcome is unknown
     */
    <T> CompletionStage<T> submit(String name, Duration limit, Callable<T> work);
}
