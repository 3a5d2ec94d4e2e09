/** A cluster as one immutable value: what is configured, what was observed, and the time. What the engine plans from. */
@Export
@Version("0.1.0")
@NullMarked
package io.holdfast.planner.cluster;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
