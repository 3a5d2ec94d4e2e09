/** The components: the commands in the Karaf shell, and the socket. */
@NullMarked
package io.holdfast.shell.internal;

import org.jspecify.annotations.NullMarked;
