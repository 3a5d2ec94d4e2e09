package io.holdfast.daemon;

import io.holdfast.api.runtime.GuardLink;
import io.holdfast.api.transport.Registration;
import io.holdfast.fencing.Fencing;
import io.holdfast.membership.Membership;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletionStage;

/** Fencing and membership as the daemon's logic sees them. */
public final class Adapters {
    private Adapters() {}

    /** {@return this node's lease} */
    public static Lease lease(Fencing fencing, GuardLink guard) {
        return new Lease() {
            @Override
            public boolean active() {
                return fencing.active();
            }

            @Override
            public long closings() {
                return guard.closings();
            }

            @Override
            public boolean provedStopped() {
                return guard.provedStopped();
            }

            @Override
            public boolean strong() {
                return guard.strength() == GuardLink.Strength.STRONG;
            }

            @Override
            public void inDaemon(boolean running) {
                guard.inDaemon(running);
            }

            @Override
            public Registration onChange(Runnable changed) {
                return fencing.onChange(changed);
            }
        };
    }

    /** {@return the nodes} */
    public static Peers peers(Membership membership, Fencing fencing) {
        return new Peers() {
            @Override
            public long incarnation() {
                return membership.incarnation();
            }

            @Override
            public boolean heard(String node) {
                return fencing.heard(node);
            }

            @Override
            public Map<String, Map<String, String>> attributes() {
                return membership.attributes();
            }

            @Override
            public void tell(String key, String value) {
                membership.tell(key, value);
            }

            @Override
            public Registration onChange(Runnable changed) {
                Registration attributes = membership.onChange(changed);
                Registration leases = fencing.onChange(changed);
                return () -> {
                    attributes.close();
                    leases.close();
                };
            }
        };
    }

    /** {@return what people may ask of the layers below} */
    public static Steering steering(Fencing fencing, Membership membership) {
        return new Steering() {
            @Override
            public CompletionStage<String> fence(String node, String who, Duration limit) {
                return fencing.fence(node, who, limit);
            }

            @Override
            public CompletionStage<String> confirmFenced(String node, String who, Duration limit) {
                return fencing.confirmFenced(node, who, limit);
            }

            @Override
            public CompletionStage<String> hold(Duration span, Duration limit) {
                return fencing.hold(span, limit);
            }

            @Override
            public CompletionStage<String> release(Duration limit) {
                return fencing.release(limit);
            }

            @Override
            public CompletionStage<String> leave(Duration limit) {
                return membership.leave(limit);
            }
        };
    }
}
