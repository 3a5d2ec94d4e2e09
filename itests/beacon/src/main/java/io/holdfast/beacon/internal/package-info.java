/** A resource inside the daemon that announces itself to a recorder outside. */
@org.jspecify.annotations.NullMarked
package io.holdfast.beacon.internal;
