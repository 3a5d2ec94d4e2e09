/** The replicated log as the layers above it see it. */
@Export
@Version("0.1.0")
@NullMarked
package io.holdfast.model.ledger;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
