package io.holdfast.deploy.internal;

import io.holdfast.api.resource.ResourceType;
import io.holdfast.api.resource.ResourceTypes;
import io.holdfast.deploy.BundleFile;
import io.holdfast.deploy.BundleTrouble;
import io.holdfast.deploy.Bundles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.Version;
import org.osgi.framework.wiring.FrameworkWiring;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.component.runtime.dto.ComponentConfigurationDTO;
import org.osgi.service.component.runtime.dto.ComponentDescriptionDTO;

/** Deployed bundles in this container. Each is known by its location, which carries the digest of its bytes. */
final class FrameworkBundles implements Bundles {
    private static final String LOCATION = "holdfast-deployment:";
    private static final long REFRESH_SECONDS = 30;
    private static final int LONGEST_REASON = 400;

    private final BundleContext context;
    private final ServiceComponentRuntime components;

    FrameworkBundles(BundleContext context, ServiceComponentRuntime components) {
        this.context = context;
        this.components = components;
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
    public void put(BundleFile file, String digest, Path path) throws BundleTrouble, InterruptedException {
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
        start(bundle);
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

    private static boolean sameVersion(Bundle bundle, String version) {
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
            throw new BundleTrouble("it cannot be installed: " + reason(e), e);
        } catch (IOException e) {
            throw new BundleTrouble("its file cannot be read: " + e.getMessage(), e);
        }
    }

    private void refuseUnresolved(Bundle bundle) throws BundleTrouble {
        if (wiring().resolveBundles(List.of(bundle))) {
            return;
        }
        try {
            start(bundle); // fails, and says why
        } finally {
            if (bundle.getState() == Bundle.INSTALLED) {
                uninstall(bundle);
            }
        }
    }

    private static void start(Bundle bundle) throws BundleTrouble {
        try {
            bundle.start(Bundle.START_TRANSIENT);
        } catch (BundleException e) {
            String what = e.getType() == BundleException.RESOLVE_ERROR
                    ? "it does not resolve: "
                    : e.getType() == BundleException.ACTIVATOR_ERROR ? "its activator failed: " : "it does not start: ";
            throw new BundleTrouble(what + reason(e), e);
        }
    }

    private static String reason(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null && cause.getCause() != cause) {
            cause = cause.getCause();
        }
        String text = cause == failure ? String.valueOf(cause.getMessage()) : cause.toString();
        return shortened(text);
    }

    private static String shortened(String text) {
        String line = text.strip().lines().findFirst().orElse("no reason is given");
        return line.length() <= LONGEST_REASON ? line : line.substring(0, LONGEST_REASON) + " ...";
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
        CountDownLatch done = new CountDownLatch(1);
        wiring().refreshBundles(bundles, event -> {
            if (event.getType() == FrameworkEvent.PACKAGES_REFRESHED) {
                done.countDown();
            }
        });
        if (!done.await(REFRESH_SECONDS, TimeUnit.SECONDS)) {
            throw new BundleTrouble(
                    "rewiring what depended on the bundle before it takes more than " + REFRESH_SECONDS + " s");
        }
    }

    private static void uninstall(Bundle bundle) throws BundleTrouble {
        try {
            bundle.uninstall();
        } catch (BundleException e) {
            throw new BundleTrouble(
                    "the bundle before it, " + bundle.getVersion() + ", cannot be taken away: " + reason(e), e);
        }
    }

    private FrameworkWiring wiring() {
        return context.getBundle(0).adapt(FrameworkWiring.class);
    }

    // ---- how it does ----

    @Override
    public Look look(String name) {
        Optional<Bundle> bundle = deployed(name).stream()
                .filter(each -> each.getState() == Bundle.ACTIVE)
                .findFirst();
        if (bundle.isEmpty()) {
            return new Look.Broken("it did not stay active");
        }
        TreeSet<String> types = new TreeSet<>();
        List<String> broken = new ArrayList<>();
        types(bundle.get(), types, broken);
        List<String> lacking = new ArrayList<>();
        components(bundle.get(), lacking, broken); // after the services were got: that is what makes delayed components
        if (!broken.isEmpty()) {
            return new Look.Broken(shortened(broken.get(broken.size() - 1)));
        }
        return lacking.isEmpty() ? new Look.Well(List.copyOf(types)) : new Look.NotYet(String.join("; ", lacking));
    }

    private void types(Bundle bundle, Set<String> types, List<String> broken) {
        ServiceReference<?>[] services = bundle.getRegisteredServices();
        for (ServiceReference<?> reference : services == null ? new ServiceReference<?>[0] : services) {
            List<String> interfaces = List.of((String[]) reference.getProperty("objectClass"));
            boolean type = interfaces.contains(ResourceType.class.getName());
            boolean family = interfaces.contains(ResourceTypes.class.getName());
            if (type || family) {
                name(reference, types, broken);
            }
        }
    }

    private void name(ServiceReference<?> reference, Set<String> types, List<String> broken) {
        try {
            Object service = context.getService(reference);
            if (service instanceof ResourceType type) {
                types.add(type.describe().name());
            } else if (service instanceof ResourceTypes family) {
                types.add(family.prefix());
            } else if (service == null) {
                broken.add("its resource type cannot be made");
            } else {
                broken.add("its resource type is made against another io.holdfast.api.resource than this node's");
            }
        } catch (RuntimeException | LinkageError e) {
            broken.add("its resource type does not describe itself: " + e);
        } finally {
            context.ungetService(reference);
        }
    }

    private void components(Bundle bundle, List<String> lacking, List<String> broken) {
        for (ComponentDescriptionDTO description : components.getComponentDescriptionDTOs(bundle)) {
            if (!description.defaultEnabled) {
                continue;
            }
            var configurations = components.getComponentConfigurationDTOs(description);
            if (configurations.isEmpty() && !"require".equals(description.configurationPolicy)) {
                lacking.add("component " + description.name + " is not there yet");
            }
            for (ComponentConfigurationDTO one : configurations) {
                switch (one.state) {
                    case ComponentConfigurationDTO.FAILED_ACTIVATION ->
                        broken.add("component " + description.name + " failed: " + cause(one.failure));
                    case ComponentConfigurationDTO.UNSATISFIED_CONFIGURATION ->
                        lacking.add("component " + description.name + " lacks its configuration");
                    case ComponentConfigurationDTO.UNSATISFIED_REFERENCE ->
                        lacking.add("component " + description.name + " lacks "
                                + Arrays.stream(one.unsatisfiedReferences)
                                        .map(reference -> reference.name
                                                + (reference.target == null ? "" : " " + reference.target))
                                        .collect(Collectors.joining(", ")));
                    default -> {
                        // satisfied, or active
                    }
                }
            }
        }
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
}
