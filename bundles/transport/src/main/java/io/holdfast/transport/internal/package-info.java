/** The component that makes the transport a service. */
@NullMarked
package io.holdfast.transport.internal;

import org.jspecify.annotations.NullMarked;
