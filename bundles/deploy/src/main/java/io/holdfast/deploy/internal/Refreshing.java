package io.holdfast.deploy.internal;

import io.holdfast.deploy.BundleTrouble;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.wiring.FrameworkWiring;

/** Rewires what depended on bundles that were taken away. */
final class Refreshing {
    private static final long SECONDS = 30;

    private Refreshing() {}

    static void refresh(BundleContext context, List<Bundle> bundles) throws BundleTrouble, InterruptedException {
        CountDownLatch done = new CountDownLatch(1);
        context.getBundle(0).adapt(FrameworkWiring.class).refreshBundles(bundles, event -> {
            if (event.getType() == FrameworkEvent.PACKAGES_REFRESHED) {
                done.countDown();
            }
        });
        if (!done.await(SECONDS, TimeUnit.SECONDS)) {
            throw new BundleTrouble("rewiring what depended on the bundle before it takes more than " + SECONDS + " s");
        }
    }
}
