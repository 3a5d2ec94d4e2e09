/** The configuration that people write: resources, groups, constraints, fence devices. */
@Export
@Version("0.1.0")
@NullMarked
package io.holdfast.model.config;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
