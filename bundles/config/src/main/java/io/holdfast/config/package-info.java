/** The cluster document: read with its problems by file and line, and compared. */
@Export
@Version("0.1.0")
@NullMarked
package io.holdfast.config;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
