/** Deployments in a container: its bundles, and the component that wires them. */
@NullMarked
package io.holdfast.deploy.internal;

import org.jspecify.annotations.NullMarked;
