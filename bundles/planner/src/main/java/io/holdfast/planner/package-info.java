/** From the agreed state and what is known of the nodes to where everything ought to be, and the next actions. Pure. */
@Export
@Version("0.1.0")
@NullMarked
package io.holdfast.planner;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
