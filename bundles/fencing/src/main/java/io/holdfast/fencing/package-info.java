/** Leases, expelling, holds and fence devices: who may run what, and when it may move. */
@Export
@Version("0.1.0")
@NullMarked
package io.holdfast.fencing;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
