/** A whole cluster simulated in one thread with virtual time and seeded faults, for Holdfast's tests and for those of resources. */
@Export
@Version("0.1.0")
@NullMarked
package io.holdfast.testkit;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
