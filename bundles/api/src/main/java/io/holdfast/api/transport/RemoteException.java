package io.holdfast.api.transport;

/** The handler on the other node failed; the message is its own. The request was carried out at most in part. */
public final class RemoteException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** Creates it with the name of the node and the message of its failure. */
    public RemoteException(String node, String message) {
        super(node + ": " + message);
    }
}
