/** Several real nodes on one machine: namespaces, faults, an observer outside, and the programs that use them. */
@NullMarked
package io.holdfast.lab;

import org.jspecify.annotations.NullMarked;
