package io.holdfast.api.cluster;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Puts bundles on all nodes of the cluster, and takes them away again: single ones, and KARs with features of Karaf. Any thread.
 *
 * <p>One node tries a bundle first: it must resolve, start, have its components satisfied and its resource types on offer. Then all
 * others take it. If it fails on any of them it is taken back from all, and what was there before is there again. Nodes that come
 * later take it before they offer its types.
 *
 * <p>Stages fail with {@link ClusterException}, as those of {@link ClusterControl}.
 */
@ProviderType
public interface Deployments {
    /** The most bytes of a bundle or KAR: 256 MiB. */
    long LARGEST = 256L << 20;

    /**
     * Keeps the bytes of a bundle or KAR on this node, forced to disk, for {@link #deploy}. Blocks; not to be called on the node's loop.
     * What is not deployed within an hour is removed.
     *
     * @param bundle read to its end, not closed
     * @return its SHA-256 digest in hexadecimal
     * @throws IOException if it cannot be read or kept, or is neither; the message says which
     */
    String keep(InputStream bundle) throws IOException;

    /**
     * Makes a KAR of a feature that the container of this node knows, and of what that needs and is not installed here, and keeps it
     * like {@link #keep}. The other nodes need not know the feature. Blocks while its bundles are fetched.
     *
     * @param feature {@code NAME} or {@code NAME/VERSION}
     * @return the SHA-256 digest of the KAR in hexadecimal
     * @throws IOException if there is no such feature, or a bundle of it cannot be had; the message says which
     */
    String keepFeature(String feature) throws IOException;

    /**
     * {@return completes with the file in which this node keeps these bytes, fetched from one of {@code nodes} if need be} Fails when
     * none of them has it.
     */
    CompletionStage<Path> have(String digest, List<String> nodes);

    /**
     * Deploys a bundle that this node keeps.
     *
     * @param digest what {@link #keep} gave
     * @param limit the longest to wait; the deployment goes on, or is taken back, without anybody waiting for it
     * @return completes when it is on all nodes; fails as refused when it was taken back, with the node and the reason
     */
    CompletionStage<String> deploy(String digest, String who, Duration limit);

    /** Takes a bundle from all nodes by its symbolic name, or a KAR by its first feature's; refused while the cluster document uses its types. */
    CompletionStage<String> undeploy(String name, String who, Duration limit);

    /** {@return what is deployed, as far as this node knows, sorted by name} Does not block. */
    List<DeploymentStatus> deployments();
}
