/** The commands as plain classes: words in, text and an exit code out. The Karaf shell and the socket of {@code bin/ha} both use them. */
@NullMarked
package io.holdfast.shell;

import org.jspecify.annotations.NullMarked;
