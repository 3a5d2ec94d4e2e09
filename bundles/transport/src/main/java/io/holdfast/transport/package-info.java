/** Messages and views on JGroups. {@link io.holdfast.transport.JGroupsTransport} is for those who wire a node by hand; others take the service. */
@Export
@Version("0.1.0")
@NullMarked
package io.holdfast.transport;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
