@NullMarked
package io.holdfast.cib.internal;

import org.jspecify.annotations.NullMarked;
