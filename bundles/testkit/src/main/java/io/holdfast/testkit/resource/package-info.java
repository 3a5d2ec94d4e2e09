/** Tries a resource type on this machine, with no cluster around it. */
@Export
@Version("0.1.0")
@NullMarked
package io.holdfast.testkit.resource;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
