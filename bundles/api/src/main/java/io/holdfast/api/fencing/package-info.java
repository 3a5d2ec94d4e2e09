/** What a fence device implements. */
@Export
@Version("0.1.0")
@NullMarked
package io.holdfast.api.fencing;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
