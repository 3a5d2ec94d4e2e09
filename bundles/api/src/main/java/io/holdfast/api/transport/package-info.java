/** Messages between named nodes, and the view of who is reachable now. */
@Export
@Version("0.1.0")
@NullMarked
package io.holdfast.api.transport;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
