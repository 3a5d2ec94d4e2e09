/** The resource types {@code systemd:UNIT}: services that systemd runs. Start reading at {@link SystemdUnits}. */
@NullMarked
package io.holdfast.agents.systemd.internal;

import org.jspecify.annotations.NullMarked;
