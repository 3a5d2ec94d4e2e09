package io.holdfast.model;

/**
 * The right of a node's incarnation to run an instance.
 *
 * @param instance the instance
 * @param node the holder
 * @param incarnation the holder's incarnation
 * @param token the fencing token: the ledger index of the grant
 * @param revoked the leader asked the node to stop it and release the grant
 * @param reason why it was granted, or revoked
 */
public record Grant(String instance, String node, long incarnation, long token, boolean revoked, String reason) {

    /** {@return whether it is of this incarnation of this node} */
    public boolean heldBy(String name, long number) {
        return node.equals(name) && incarnation == number;
    }
}
