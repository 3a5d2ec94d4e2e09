/** Joining and leaving, incarnations, what every node tells of itself, and the picture of the cluster that follows from it. */
@Export
@Version("0.1.0")
@NullMarked
package io.holdfast.membership;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
