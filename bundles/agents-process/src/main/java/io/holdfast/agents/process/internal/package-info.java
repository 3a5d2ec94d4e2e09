/** The resource type {@code process}: any command, kept running. Start reading at {@link ProcessType}. */
@NullMarked
package io.holdfast.agents.process.internal;

import org.jspecify.annotations.NullMarked;
