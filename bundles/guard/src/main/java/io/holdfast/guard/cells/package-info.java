/** Where resource processes live, how they are killed, and the commands that take back what killing leaves. */
@NullMarked
package io.holdfast.guard.cells;

import org.jspecify.annotations.NullMarked;
