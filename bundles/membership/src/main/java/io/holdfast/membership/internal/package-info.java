@NullMarked
package io.holdfast.membership.internal;

import org.jspecify.annotations.NullMarked;
