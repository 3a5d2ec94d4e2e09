/** A client that writes through a share and proves that no acknowledged block was lost. A program of its own, not a bundle. */
@NullMarked
package io.holdfast.cifs.client;

import org.jspecify.annotations.NullMarked;
