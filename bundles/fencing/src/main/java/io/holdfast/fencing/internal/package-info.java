@NullMarked
package io.holdfast.fencing.internal;

import org.jspecify.annotations.NullMarked;
