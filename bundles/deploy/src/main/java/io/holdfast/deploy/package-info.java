/** Bundles that are to be on all nodes: each node compares what is deployed with what it has, and acts. */
@NullMarked
package io.holdfast.deploy;

import org.jspecify.annotations.NullMarked;
