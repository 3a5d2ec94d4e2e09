/** The cluster as people and tools see and steer it. */
@Export
@Version("0.1.0")
@NullMarked
package io.holdfast.api.cluster;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
