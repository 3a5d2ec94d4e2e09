/** The program behind {@code bin/ha}: passes its words to the daemon's socket and prints what comes back. */
@NullMarked
package io.holdfast.ha;

import org.jspecify.annotations.NullMarked;
