/** The guard process. */
@NullMarked
package io.holdfast.guard;

import org.jspecify.annotations.NullMarked;
