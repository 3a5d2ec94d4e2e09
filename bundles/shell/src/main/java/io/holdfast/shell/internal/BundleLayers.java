package io.holdfast.shell.internal;

import io.holdfast.shell.Layers;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarInputStream;
import java.util.jar.Manifest;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.wiring.FrameworkWiring;

/** The layers as bundles of this container. */
final class BundleLayers implements Layers {
    /** The largest of ours has 7 MiB. */
    private static final int LARGEST = 64 << 20;

    private static final Duration REFRESH = Duration.ofSeconds(30);

    private final BundleContext context;

    BundleLayers(BundleContext context) {
        this.context = context;
    }

    private Optional<Bundle> bundle(String layer) {
        String name = "io.holdfast." + layer.replace('-', '.');
        return Arrays.stream(context.getBundles())
                .filter(bundle -> name.equals(bundle.getSymbolicName()))
                .findFirst();
    }

    @Override
    public Optional<String> version(String layer) {
        return bundle(layer).map(bundle -> bundle.getVersion().toString());
    }

    @Override
    public boolean active(String layer) {
        return bundle(layer)
                .filter(bundle -> bundle.getState() == Bundle.ACTIVE)
                .isPresent();
    }

    @Override
    public void replace(String layer, Optional<String> url) throws IOException {
        Bundle bundle = bundle(layer).orElseThrow(() -> new IOException("there is no layer " + layer));
        byte[] content = read(url.orElse(bundle.getLocation()));
        check(content, bundle, url.orElse(bundle.getLocation()));
        try {
            bundle.update(new ByteArrayInputStream(content));
        } catch (BundleException e) {
            throw new IOException(layer + " was not replaced: " + e.getMessage(), e);
        }
        refresh(bundle);
    }

    private static byte[] read(String url) throws IOException {
        try (InputStream in = URI.create(url).toURL().openStream()) {
            byte[] content = in.readNBytes(LARGEST + 1);
            if (content.length > LARGEST) {
                throw new IOException(url + " has more than " + LARGEST + " bytes, which is no layer");
            }
            return content;
        } catch (IllegalArgumentException e) {
            throw new IOException(url + " is no address: " + e.getMessage(), e);
        } catch (IOException e) {
            throw new IOException(url + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** A wrong bundle in the place of a layer would be found out too late. */
    private static void check(byte[] content, Bundle bundle, String url) throws IOException {
        try (JarInputStream jar = new JarInputStream(new ByteArrayInputStream(content))) {
            Manifest manifest = jar.getManifest();
            String name =
                    manifest == null ? null : manifest.getMainAttributes().getValue(Constants.BUNDLE_SYMBOLICNAME);
            if (name == null || !name.split(";")[0].strip().equals(bundle.getSymbolicName())) {
                throw new IOException(url + " is " + (name == null ? "no bundle" : "the bundle " + name) + ", not "
                        + bundle.getSymbolicName());
            }
        }
    }

    private void refresh(Bundle bundle) throws IOException {
        CountDownLatch done = new CountDownLatch(1);
        context.getBundle(0).adapt(FrameworkWiring.class).refreshBundles(List.of(bundle), event -> {
            if (event.getType() == FrameworkEvent.PACKAGES_REFRESHED) {
                done.countDown();
            }
        });
        try {
            if (!done.await(REFRESH.toSeconds(), TimeUnit.SECONDS)) {
                throw new IOException("rewiring after the replacement takes more than " + REFRESH.toSeconds() + " s");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while what depends on it was rewired", e);
        }
    }
}
