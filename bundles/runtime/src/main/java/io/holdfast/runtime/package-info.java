/** The one place with a clock, threads and processes: what the interfaces of {@code io.holdfast.api.runtime} are on a real machine. */
@Export
@Version("0.1.0")
@NullMarked
package io.holdfast.runtime;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
