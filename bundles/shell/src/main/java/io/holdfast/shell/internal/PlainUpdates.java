package io.holdfast.shell.internal;

import io.holdfast.api.runtime.Workers;
import io.holdfast.shell.PlainSwap;
import io.holdfast.shell.Services;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.SynchronousBundleListener;
import org.osgi.framework.startlevel.BundleStartLevel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks after layers that somebody updates with {@code bundle:update}: keeps what was there when it stops, and has it put back when
 * the node does not come back with the new one. Called by the container; the looking is done by a worker.
 */
final class PlainUpdates implements SynchronousBundleListener, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(PlainUpdates.class);

    /** Two waits for this node to come back, and what is around them. */
    private static final Duration LONGEST = Duration.ofSeconds(170);

    private final BundleContext context;
    private final BundleLayers layers;
    private final Services services;
    private final Workers workers;
    private final Map<String, byte[]> before = new ConcurrentHashMap<>();
    private final Map<String, Long> updates = new ConcurrentHashMap<>();
    private final AtomicLong last = new AtomicLong();
    private volatile boolean closed;

    PlainUpdates(BundleContext context, BundleLayers layers, Services services, Workers workers) {
        this.context = context;
        this.layers = layers;
        this.services = services;
        this.workers = workers;
    }

    void open() {
        context.addBundleListener(this);
    }

    @Override
    public void close() {
        closed = true;
        context.removeBundleListener(this);
    }

    @Override
    public void bundleChanged(BundleEvent event) {
        Bundle bundle = event.getBundle();
        String layer = layers.swappable(bundle);
        if (layer.isEmpty() || layers.replacing() || context.getBundle(0).getState() != Bundle.ACTIVE) {
            return;
        }
        if (event.getType() == BundleEvent.STOPPING) {
            keep(layer);
        } else if (event.getType() == BundleEvent.UPDATED) {
            updates.put(layer, last.incrementAndGet());
            if (bundle.adapt(BundleStartLevel.class).isPersistentlyStarted()) {
                lookAfter(layer);
            }
        } else if (event.getType() == BundleEvent.STARTED) {
            if (updates.containsKey(layer)) {
                lookAfter(layer);
            } else {
                before.remove(layer); // a restart
            }
        }
    }

    /** What is looked after already is not kept again: it is not known to be any good. */
    private void keep(String layer) {
        if (updates.containsKey(layer)) {
            return;
        }
        try {
            before.put(layer, layers.present(layer));
        } catch (IOException e) {
            log.warn("What {} is now cannot be read, so nothing could put it back after an update", layer, e);
        }
    }

    private void lookAfter(String layer) {
        byte @Nullable [] kept = before.get(layer);
        @Nullable Long update = updates.get(layer);
        if (kept == null || update == null) {
            return; // it was stopped already when this began to look
        }
        workers.submit("look after " + layer, LONGEST, () -> {
                    PlainSwap.lookAfter(services, layer, kept, () -> closed || !update.equals(updates.get(layer)))
                            .ifPresent(text -> log.warn("{}", text));
                    return layer;
                })
                .whenComplete((done, failure) -> {
                    if (failure != null) {
                        log.error("After the update of {}: {}", layer, failure.getMessage());
                    }
                    if (updates.remove(layer, update)) {
                        before.remove(layer);
                    }
                });
    }
}
