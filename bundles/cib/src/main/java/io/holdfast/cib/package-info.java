/** Reads a Pacemaker CIB, and writes what would be done with it. Pure: texts in, texts out. */
@Export
@Version("0.1.0")
@NullMarked
package io.holdfast.cib;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
