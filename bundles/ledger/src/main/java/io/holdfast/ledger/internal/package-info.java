/** The component. */
@NullMarked
package io.holdfast.ledger.internal;

import org.jspecify.annotations.NullMarked;
