package io.holdfast.ratis;

import org.apache.ratis.conf.Parameters;
import org.apache.ratis.rpc.RpcFactory;
import org.apache.ratis.rpc.RpcType;

/**
 * The RPC type whose factory is an object in the parameters.
 *
 * <p>Ratis finds an RPC type by its class name, and looks it up for ever through the class loader that was the context's when the
 * first one was looked up. A class of a bundle that is updated would be found in its old version; this one stays.
 */
public final class ParameterRpcType implements RpcType {
    /** The name under which the factory stands in the parameters. */
    public static final String FACTORY = "factory";

    /** Used by Ratis, by reflection. */
    public ParameterRpcType() {}

    @Override
    public String name() {
        return ParameterRpcType.class.getName();
    }

    @Override
    public RpcFactory newFactory(Parameters parameters) {
        return parameters.getNonNull(FACTORY, RpcFactory.class);
    }
}
