/** The memory that guard and daemon share, and the clock that both read it by. */
@NullMarked
package io.holdfast.guard.memory;

import org.jspecify.annotations.NullMarked;
