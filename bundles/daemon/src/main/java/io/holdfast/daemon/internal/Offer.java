package io.holdfast.daemon.internal;

import io.holdfast.api.runtime.Workers;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.ServiceRegistration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A service that a worker registers: whoever waits for it is activated by that very call, which must not happen on the loop. Taken
 * back at any moment, it is gone for good: one that stayed would steer a daemon that is no more. Any thread.
 */
final class Offer<T> {
    private static final Logger log = LoggerFactory.getLogger(Offer.class);

    private final Workers workers;
    private final Callable<ServiceRegistration<T>> register;
    private @Nullable ServiceRegistration<T> registration; // guarded by this
    private boolean withdrawn; // guarded by this

    Offer(Workers workers, Callable<ServiceRegistration<T>> register) {
        this.workers = workers;
        this.register = register;
    }

    void make(Duration limit) {
        workers.submit("offer the control", limit, register).whenComplete((registered, failure) -> {
            if (failure != null) {
                log.error("Nobody can steer the cluster from this node", failure);
            } else if (!kept(registered)) {
                unregister(registered);
            }
        });
    }

    private synchronized boolean kept(ServiceRegistration<T> registered) {
        if (withdrawn) {
            return false;
        }
        registration = registered;
        return true;
    }

    void withdraw() {
        @Nullable ServiceRegistration<T> registered;
        synchronized (this) {
            withdrawn = true;
            registered = registration;
            registration = null;
        }
        if (registered != null) {
            unregister(registered);
        }
    }

    private void unregister(ServiceRegistration<T> registered) {
        try {
            registered.unregister();
        } catch (IllegalStateException e) {
            log.debug("Withdrawn already", e); // the bundle stopped
        }
    }
}
