/** The replicated log on Apache Ratis over the transport. Nothing here is exported: the layers above see {@code ReplicatedLog}. */
@NullMarked
package io.holdfast.ledger;

import org.jspecify.annotations.NullMarked;
