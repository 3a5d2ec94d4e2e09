/** What a node does: it keeps running what it was granted, and on the leader it grants. */
@Export
@Version("0.1.0")
@NullMarked
package io.holdfast.daemon;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
