/** Plans a cluster as Pacemaker would: where everything goes, what is done, in which order. Pure; dense arrays inside. */
@Export
@Version("0.1.0")
@NullMarked
package io.holdfast.planner.engine;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
