/** Wires the daemon to the services of the layers below. */
@NullMarked
package io.holdfast.daemon.internal;

import org.jspecify.annotations.NullMarked;
