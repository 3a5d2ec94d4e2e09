package io.holdfast.api.runtime;

/**
 * What a node can say of its machine and boot when it joins.
 *
 * @param machineId the machine's own id ({@code /etc/machine-id}); empty if it has none
 * @param bootId the kernel's id of this boot
 * @param bootCounter grows with each kernel boot, kept on the node's disk and synced before this was published; 0 where a later boot
 *     proves nothing: in containers, and where several nodes share a kernel
 */
public record NodeIdentity(String machineId, String bootId, long bootCounter) {}
