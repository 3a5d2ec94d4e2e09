/** The cluster state, its commands, and the pure function that applies them and refuses what is unsafe. */
@Export
@Version("0.1.0")
@NullMarked
package io.holdfast.model;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
