/** The world as a node's logic sees it: loop, clock, workers, settings, guard. All of it is passed in, so that a simulator can replace it. */
@Export
@Version("0.1.0")
@NullMarked
package io.holdfast.api.runtime;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
