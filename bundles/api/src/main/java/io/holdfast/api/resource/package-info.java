/** What a kind of resource implements, and what it is given. */
@Export
@Version("0.1.0")
@NullMarked
package io.holdfast.api.resource;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
