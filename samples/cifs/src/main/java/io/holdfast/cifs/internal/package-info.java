/** An SMB share that is always there: the worked example of a resource type. Start reading at {@link CifsType}. */
@NullMarked
package io.holdfast.cifs.internal;

import org.jspecify.annotations.NullMarked;
