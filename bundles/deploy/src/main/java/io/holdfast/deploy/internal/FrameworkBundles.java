package io.holdfast.deploy.internal;

import io.holdfast.deploy.BundleFile;
import io.holdfast.deploy.BundleTrouble;
import io.holdfast.deploy.Bundles;
import io.holdfast.deploy.Deployable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Version;
import org.osgi.framework.wiring.FrameworkWiring;

/** Deployed bundles in this container. Each is known by its location, which carries the digest of its bytes. */
final class FrameworkBundles implements Bundles {
    private static final String LOCATION = "holdfast-deployment:";

    private final BundleContext context;
    private final Inspection inspection;

    FrameworkBundles(BundleContext context, Inspection inspection) {
        this.context = context;
        this.inspection = inspection;
    }

    private List<Bundle> deployed() {
        return Arrays.stream(context.getBundles())
                .filter(bundle -> bundle.getLocation().startsWith(LOCATION))
                .toList();
    }

    private List<Bundle> deployed(String name) {
        return deployed().stream()
                .filter(bundle -> name.equals(bundle.getSymbolicName()))
                .toList();
    }

    @Override
    public SortedMap<String, Installed> installed() {
        SortedMap<String, Installed> found = new TreeMap<>();
        for (Bundle bundle : deployed()) {
            Installed one = new Installed(
                    bundle.getLocation().substring(LOCATION.length()), bundle.getState() == Bundle.ACTIVE);
            // two of a name are left when the process ended between two steps of an update: the inactive one does not
            // count
            found.merge(bundle.getSymbolicName(), one, (first, second) -> first.active() ? first : second);
        }
        return found;
    }

    @Override
    public void put(Deployable what, String digest, Path path) throws BundleTrouble, InterruptedException {
        BundleFile file = (BundleFile) what;
        refuseForeign(file.name());
        Bundle bundle = context.getBundle(LOCATION + digest);
        List<Bundle> others = deployed(file.name()).stream()
                .filter(other -> !other.getLocation().equals(LOCATION + digest))
                .toList();
        boolean beside = bundle == null
                && !file.singleton()
                && others.stream().noneMatch(other -> sameVersion(other, file.version()));
        if (!beside) {
            drop(others);
        }
        if (bundle == null) {
            bundle = install(digest, path);
        }
        if (beside && !others.isEmpty()) {
            refuseUnresolved(bundle); // while the one before it is still at work
            drop(others);
        }
        Failed.start(bundle);
    }

    private void refuseForeign(String name) throws BundleTrouble {
        Optional<Bundle> foreign = Arrays.stream(context.getBundles())
                .filter(bundle -> name.equals(bundle.getSymbolicName()))
                .filter(bundle -> !bundle.getLocation().startsWith(LOCATION))
                .findFirst();
        if (foreign.isPresent()) {
            throw new BundleTrouble("it is there already, not by 'ha deploy' but from "
                    + foreign.get().getLocation() + "; take that away first");
        }
    }

    static boolean sameVersion(Bundle bundle, String version) {
        try {
            return bundle.getVersion().equals(Version.parseVersion(version));
        } catch (IllegalArgumentException e) {
            return false; // the installation will say so
        }
    }

    private Bundle install(String digest, Path path) throws BundleTrouble {
        try (InputStream in = Files.newInputStream(path)) {
            return context.installBundle(LOCATION + digest, in);
        } catch (BundleException e) {
            throw new BundleTrouble("it cannot be installed: " + Failed.reason(e), e);
        } catch (IOException e) {
            throw new BundleTrouble("its file cannot be read: " + e.getMessage(), e);
        }
    }

    private void refuseUnresolved(Bundle bundle) throws BundleTrouble {
        if (wiring().resolveBundles(List.of(bundle))) {
            return;
        }
        try {
            Failed.start(bundle); // fails, and says why
        } finally {
            if (bundle.getState() == Bundle.INSTALLED) {
                uninstall(bundle);
            }
        }
    }

    @Override
    public void remove(String name) throws BundleTrouble, InterruptedException {
        drop(deployed(name));
    }

    private void drop(List<Bundle> bundles) throws BundleTrouble, InterruptedException {
        if (bundles.isEmpty()) {
            return;
        }
        for (Bundle bundle : bundles) {
            uninstall(bundle);
        }
        Refreshing.refresh(context, bundles);
    }

    private static void uninstall(Bundle bundle) throws BundleTrouble {
        try {
            bundle.uninstall();
        } catch (BundleException e) {
            throw new BundleTrouble(
                    "the bundle before it, " + bundle.getVersion() + ", cannot be taken away: " + Failed.reason(e), e);
        }
    }

    private FrameworkWiring wiring() {
        return context.getBundle(0).adapt(FrameworkWiring.class);
    }

    @Override
    public Look look(String name) {
        return deployed(name).stream()
                .filter(each -> each.getState() == Bundle.ACTIVE)
                .findFirst()
                .map(bundle -> inspection.look(List.of(bundle)))
                .orElse(new Look.Broken("it did not stay active"));
    }
}
