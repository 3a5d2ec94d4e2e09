/** The components. */
@NullMarked
package io.holdfast.runtime.internal;

import org.jspecify.annotations.NullMarked;
