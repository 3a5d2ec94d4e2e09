/** The one thing that Ratis must be able to find by name. */
@NullMarked
package io.holdfast.ratis;

import org.jspecify.annotations.NullMarked;
