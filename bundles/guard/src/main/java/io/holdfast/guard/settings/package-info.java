/** A node's settings: reading, checking, and errors for people. */
@NullMarked
package io.holdfast.guard.settings;

import org.jspecify.annotations.NullMarked;
