package io.holdfast.shell.internal;

import io.holdfast.api.runtime.Signatures;
import io.holdfast.shell.LayerNames;
import io.holdfast.shell.Layers;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Enumeration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.JarInputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.wiring.FrameworkWiring;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.component.runtime.dto.ComponentConfigurationDTO;
import org.osgi.service.component.runtime.dto.ComponentDescriptionDTO;

/** The layers as bundles of this container. */
final class BundleLayers implements Layers {
    /** The largest of ours has 7 MiB. */
    private static final int LARGEST = 64 << 20;

    private static final Duration REFRESH = Duration.ofSeconds(30);

    private final BundleContext context;
    private final ServiceComponentRuntime components;
    private final Signatures signatures;
    private final AtomicInteger replacing = new AtomicInteger();

    BundleLayers(BundleContext context, ServiceComponentRuntime components, Signatures signatures) {
        this.context = context;
        this.components = components;
        this.signatures = signatures;
    }

    private Optional<Bundle> bundle(String layer) {
        String name = "io.holdfast." + layer.replace('-', '.');
        return Arrays.stream(context.getBundles())
                .filter(bundle -> name.equals(bundle.getSymbolicName()))
                .findFirst();
    }

    /** {@return the layer whose bundle this is, if that may be replaced; else empty} */
    String swappable(Bundle bundle) {
        String name = bundle.getSymbolicName() == null ? "" : bundle.getSymbolicName();
        String layer = name.startsWith("io.holdfast.") ? name.substring(12).replace('.', '-') : "";
        return LayerNames.fixed(layer) ? "" : layer;
    }

    /** {@return whether a layer is being replaced by this object, so that what happens to bundles is its doing} */
    boolean replacing() {
        return replacing.get() > 0;
    }

    private Bundle known(String layer) throws IOException {
        return bundle(layer).orElseThrow(() -> new IOException("there is no layer " + layer));
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
    public String trouble(String layer) {
        Optional<Bundle> bundle = bundle(layer);
        if (bundle.isEmpty() || bundle.get().getState() != Bundle.ACTIVE) {
            return "its bundle is not active";
        }
        for (ComponentDescriptionDTO description : components.getComponentDescriptionDTOs(bundle.get())) {
            for (ComponentConfigurationDTO one : components.getComponentConfigurationDTOs(description)) {
                if (one.state == ComponentConfigurationDTO.FAILED_ACTIVATION) {
                    return "component " + description.name + " failed: " + cause(one.failure);
                }
            }
        }
        return "";
    }

    /** The trace's last cause is what the author wants to read. */
    private static String cause(@Nullable String trace) {
        List<String> lines = trace == null ? List.of() : trace.lines().toList();
        return lines.stream()
                .filter(line -> line.startsWith("Caused by: "))
                .reduce((first, second) -> second)
                .map(line -> line.substring("Caused by: ".length()))
                .orElse(lines.isEmpty() ? "no reason is given" : lines.get(0));
    }

    @Override
    public byte[] read(String layer, Optional<String> url) throws IOException {
        String from = url.orElse(known(layer).getLocation());
        try (InputStream in = URI.create(from).toURL().openStream()) {
            byte[] content = in.readNBytes(LARGEST + 1);
            if (content.length > LARGEST) {
                throw new IOException(from + " has more than " + LARGEST + " bytes, which is no layer");
            }
            return content;
        } catch (IllegalArgumentException e) {
            throw new IOException(from + " is no address: " + e.getMessage(), e);
        } catch (IOException e) {
            throw new IOException(from + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** Made from what the container has of it: where it came from may have something else by now. */
    @Override
    public byte[] present(String layer) throws IOException {
        Bundle bundle = known(layer);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream out = new ZipOutputStream(bytes)) {
            copy(bundle, JarFile.MANIFEST_NAME, out); // first, or a stream of it has none
            copyAll(bundle, "/", out);
        }
        return bytes.toByteArray();
    }

    private static void copyAll(Bundle bundle, String folder, ZipOutputStream out) throws IOException {
        Enumeration<String> paths = bundle.getEntryPaths(folder);
        for (String path : paths == null ? List.<String>of() : Collections.list(paths)) {
            if (path.endsWith("/")) {
                copyAll(bundle, path, out);
            } else if (!path.equals(JarFile.MANIFEST_NAME)) {
                copy(bundle, path, out);
            }
        }
    }

    private static void copy(Bundle bundle, String path, ZipOutputStream out) throws IOException {
        @Nullable URL entry = bundle.getEntry(path);
        if (entry == null) {
            throw new IOException(
                    "the present bundle of " + bundle.getSymbolicName() + " cannot be read: it has no " + path);
        }
        out.putNextEntry(new ZipEntry(path));
        try (InputStream in = entry.openStream()) {
            in.transferTo(out);
        }
    }

    @Override
    public Plan plan(String layer, byte[] content) throws IOException {
        Bundle bundle = known(layer);
        Attributes headers = headers(content);
        String name = headers.getValue(Constants.BUNDLE_SYMBOLICNAME);
        if (name == null || !name.split(";")[0].strip().equals(bundle.getSymbolicName())) {
            throw new IOException("What is to replace " + layer + " is "
                    + (name == null ? "no bundle" : "the bundle " + name) + ", not " + bundle.getSymbolicName());
        }
        FrameworkWiring wiring = wiring();
        List<String> rewired = wiring.getDependencyClosure(List.of(bundle)).stream()
                .filter(each -> !each.equals(bundle))
                .map(Bundle::getSymbolicName)
                .sorted()
                .toList();
        List<String> missing = missing(wiring, bundle, headers);
        unsigned(layer, content).ifPresent(missing::add);
        String version = headers.getValue(Constants.BUNDLE_VERSION);
        return new Plan(
                bundle.getVersion().toString(), version == null ? "0.0.0" : version, digest(content), missing, rewired);
    }

    /** {@return why it is not taken from whoever gave it} What this node's own installation has is not from elsewhere. */
    private Optional<String> unsigned(String layer, byte[] content) throws IOException {
        if (!signatures.required() || Arrays.equals(content, read(layer, Optional.empty()))) {
            return Optional.empty();
        }
        Path file = Files.createTempFile("layer", ".jar");
        try {
            Files.write(file, content);
            signatures.check(file);
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        } finally {
            Files.delete(file);
        }
    }

    private static List<String> missing(FrameworkWiring wiring, Bundle bundle, Attributes headers) {
        List<String> missing = new ArrayList<>(new Resolution(wiring, bundle, headers).missing());
        missing.addAll(Formats.unfit(name -> bundle.getHeaders("").get(name), headers::getValue));
        return missing;
    }

    private static Attributes headers(byte[] content) throws IOException {
        try (JarInputStream jar = new JarInputStream(new ByteArrayInputStream(content))) {
            @Nullable Manifest manifest = jar.getManifest();
            return manifest == null ? new Attributes() : manifest.getMainAttributes();
        }
    }

    private static String digest(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has SHA-256", e);
        }
    }

    @Override
    public void replace(String layer, byte[] content) throws IOException {
        replacing.incrementAndGet();
        try {
            replace(layer, known(layer), content);
        } finally {
            replacing.decrementAndGet();
        }
    }

    private void replace(String layer, Bundle bundle, byte[] content) throws IOException {
        try {
            bundle.update(new ByteArrayInputStream(content));
        } catch (BundleException e) {
            throw new IOException(layer + " was not replaced: " + e.getMessage(), e);
        }
        refresh(bundle);
        if (bundle.getState() != Bundle.ACTIVE) {
            start(layer, bundle); // an update that did not resolve before left it stopped
        }
    }

    private static void start(String layer, Bundle bundle) throws IOException {
        try {
            bundle.start();
        } catch (BundleException e) {
            throw new IOException(layer + " does not start: " + e.getMessage(), e);
        }
    }

    private FrameworkWiring wiring() {
        return context.getBundle(0).adapt(FrameworkWiring.class);
    }

    private void refresh(Bundle bundle) throws IOException {
        CountDownLatch done = new CountDownLatch(1);
        wiring().refreshBundles(List.of(bundle), event -> {
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
