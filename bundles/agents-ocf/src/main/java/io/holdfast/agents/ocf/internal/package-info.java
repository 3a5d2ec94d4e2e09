/** The resource types {@code ocf:PROVIDER:AGENT}. Start reading at {@link OcfAgents}, then {@link OcfType}. */
@NullMarked
package io.holdfast.agents.ocf.internal;

import org.jspecify.annotations.NullMarked;
