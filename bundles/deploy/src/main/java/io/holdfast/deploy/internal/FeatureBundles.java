package io.holdfast.deploy.internal;

import io.holdfast.deploy.BundleFile;
import io.holdfast.deploy.BundleTrouble;
import io.holdfast.deploy.Bundles;
import io.holdfast.deploy.Deployable;
import io.holdfast.deploy.KarFile;
import io.holdfast.deploy.KarFile.Unpacked;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.karaf.features.BundleInfo;
import org.apache.karaf.features.Dependency;
import org.apache.karaf.features.Feature;
import org.apache.karaf.features.FeatureState;
import org.apache.karaf.features.FeaturesService;
import org.apache.karaf.features.FeaturesService.Option;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.wiring.BundleRevision;

/**
 * Deployed KARs in this container. Karaf's feature service resolves and installs what is in them, and starts nothing of it: that is
 * done here, until the container ends, as with single bundles. A note beside the unpacked files says what was installed.
 */
final class FeatureBundles implements Bundles {
    /** One line with the name of the deployment, then one for each feature, then those for the lists. */
    private static final String NOTE = "deployment";

    private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");
    private static final String CAUSED_BY = "[caused by: ";

    private final BundleContext context;
    private final Inspection inspection;
    private final FeaturesService features;
    private final Path folder;

    /** What is in a folder. */
    private record Noted(String digest, Path folder, String name, List<String> features) {}

    FeatureBundles(BundleContext context, Inspection inspection, FeaturesService features, Path folder) {
        this.context = context;
        this.inspection = inspection;
        this.features = features;
        this.folder = folder;
    }

    private List<Noted> noted() {
        List<Noted> found = new ArrayList<>();
        try {
            if (!Files.isDirectory(folder)) {
                return found;
            }
            List<Path> folders;
            try (Stream<Path> all = Files.list(folder)) {
                folders = all.sorted().toList();
            }
            for (Path each : folders) {
                String digest = each.getFileName().toString();
                Path note = each.resolve(NOTE);
                if (DIGEST.matcher(digest).matches() && Files.exists(note)) {
                    List<String> lines = Files.readAllLines(note);
                    if (lines.size() > 1) { // else its writing was cut short: nothing was installed yet
                        found.add(new Noted(digest, each, lines.get(0), lines.subList(1, lines.size())));
                    }
                }
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException("The unpacked deployments cannot be read: " + e.getMessage(), e);
        }
        return found;
    }

    private List<Noted> noted(String name) {
        return noted().stream().filter(one -> one.name().equals(name)).toList();
    }

    @Override
    public SortedMap<String, Installed> installed() {
        SortedMap<String, Installed> found = new TreeMap<>();
        for (Noted one : noted()) {
            Installed installed = new Installed(one.digest(), isActive(one));
            found.merge(one.name(), installed, (first, second) -> first.active() ? first : second);
        }
        return found;
    }

    private boolean isInstalled(Noted one) {
        return one.features().stream().allMatch(id -> features.getState(id) != FeatureState.Uninstalled);
    }

    private boolean isActive(Noted one) {
        if (!isInstalled(one)) {
            return false;
        }
        Map<String, Boolean> wanted = wanted(one);
        return wanted.entrySet().stream()
                .filter(Map.Entry::getValue)
                .map(each -> Optional.ofNullable(context.getBundle(each.getKey())))
                .flatMap(Optional::stream)
                .allMatch(bundle -> isFragment(bundle) || bundle.getState() == Bundle.ACTIVE);
    }

    private static boolean isFragment(Bundle bundle) {
        BundleRevision revision = bundle.adapt(BundleRevision.class);
        return revision != null && (revision.getTypes() & BundleRevision.TYPE_FRAGMENT) != 0;
    }

    /** {@return where its bundles came from, and whether each is to be started, those of other features that came with it included} */
    private Map<String, Boolean> wanted(Noted one) {
        Map<String, Boolean> wanted = new LinkedHashMap<>();
        Set<String> seen = new TreeSet<>();
        Deque<Feature> left = new ArrayDeque<>();
        try {
            for (String id : one.features()) {
                add(features.getFeature(id.split("/")[0], id.split("/")[1]), left, seen);
            }
            while (!left.isEmpty()) {
                Feature feature = left.poll();
                for (Dependency dependency : feature.getDependencies()) {
                    for (Feature each : features.getFeatures(dependency.getName(), dependency.getVersion())) {
                        if (features.getState(each.getId()) == FeatureState.Installed) {
                            add(each, left, seen); // a feature that was there before is started, and not our business
                        }
                    }
                }
                Stream.concat(
                                feature.getBundles().stream(),
                                feature.getConditional().stream().flatMap(each -> each.getBundles().stream()))
                        .forEach(bundle -> put(wanted, bundle));
            }
        } catch (Exception e) {
            throw new IllegalStateException(
                    "The features of " + one.name() + " cannot be found: " + Failed.reason(e), e);
        }
        return wanted;
    }

    private static void add(@org.jspecify.annotations.Nullable Feature feature, Deque<Feature> left, Set<String> seen) {
        if (feature != null && seen.add(feature.getId())) {
            left.add(feature);
        }
    }

    private static void put(Map<String, Boolean> wanted, BundleInfo bundle) {
        wanted.merge(bundle.getLocation(), bundle.isStart(), Boolean::logicalOr);
    }

    @Override
    public void put(Deployable what, String digest, Path file) throws BundleTrouble, InterruptedException {
        Optional<Noted> there = noted(what.name()).stream()
                .filter(one -> one.digest().equals(digest))
                .filter(this::isInstalled)
                .findFirst();
        if (there.isPresent()) {
            drop(others(what.name(), digest));
        } else {
            there = Optional.of(install(what, digest, file));
        }
        for (Map.Entry<String, Boolean> each : wanted(there.get()).entrySet()) {
            Bundle bundle = context.getBundle(each.getKey());
            if (bundle != null && each.getValue() && !isFragment(bundle) && bundle.getState() != Bundle.ACTIVE) {
                try {
                    Failed.start(bundle);
                } catch (BundleTrouble e) {
                    throw new BundleTrouble(
                            "of its bundle " + bundle.getSymbolicName() + " " + bundle.getVersion() + ": "
                                    + e.getMessage(),
                            e);
                }
            }
        }
    }

    private List<Noted> others(String name, String digest) {
        return noted(name).stream().filter(one -> !one.digest().equals(digest)).toList();
    }

    /** What is there goes when the new one is known to resolve, and before that is started. */
    private Noted install(Deployable what, String digest, Path file) throws BundleTrouble, InterruptedException {
        Path unpacked = folder.resolve(digest);
        drop(noted(what.name()).stream()
                .filter(one -> one.digest().equals(digest)) // half installed when the process ended
                .toList());
        List<Noted> others = others(what.name(), digest);
        Unpacked kar;
        try {
            kar = KarFile.unpack(file, digest, unpacked, address -> context.getBundle(address) != null);
        } catch (IOException e) {
            throw new BundleTrouble("it cannot be unpacked: " + e.getMessage(), e);
        }
        Noted fresh = new Noted(digest, unpacked, what.name(), kar.features());
        try {
            List<String> lines = new ArrayList<>(List.of(what.name()));
            lines.addAll(kar.features());
            Files.write(unpacked.resolve(NOTE), lines);
            for (Path list : kar.lists()) {
                features.addRepository(list.toUri());
            }
            Beside beside = beside(kar, others);
            if (beside == Beside.RESOLVED) {
                provide(kar, EnumSet.of(Option.Simulate, Option.NoAutoStartBundles, Option.NoAutoRefreshBundles));
            }
            if (beside != Beside.INSTALLED) {
                drop(others);
            }
            provide(kar, EnumSet.of(Option.NoAutoStartBundles, Option.NoAutoRefreshBundles));
            if (beside == Beside.INSTALLED) {
                drop(others);
            }
            return fresh;
        } catch (BundleTrouble e) {
            clear(fresh, e);
            throw e;
        } catch (IOException e) {
            BundleTrouble trouble = new BundleTrouble("it cannot be unpacked: " + e.getMessage(), e);
            clear(fresh, trouble);
            throw trouble;
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception e) {
            BundleTrouble trouble = new BundleTrouble("its features cannot be installed: " + resolution(e), e);
            clear(fresh, trouble);
            throw trouble;
        }
    }

    private void provide(Unpacked kar, EnumSet<Option> options) throws Exception {
        features.installFeatures(new LinkedHashSet<>(kar.features()), options);
    }

    private void clear(Noted one, BundleTrouble because) throws InterruptedException {
        try {
            drop(List.of(one));
        } catch (BundleTrouble e) {
            because.addSuppressed(e); // what is left of it goes with the next that is put here
        }
    }

    /** How far a KAR can come while the one of before is still there. */
    private enum Beside {
        /** It is not even known to resolve: one of two singletons of a name would not. */
        NOTHING,
        /** It resolves, but what it shares a version or configurations with has to be gone before it is installed. */
        RESOLVED,
        INSTALLED
    }

    private Beside beside(Unpacked kar, List<Noted> others) {
        List<Bundle> there = others.stream()
                .flatMap(one -> wanted(one).keySet().stream())
                .map(context::getBundle)
                .filter(java.util.Objects::nonNull)
                .toList();
        Beside far = kar.configures() ? Beside.RESOLVED : Beside.INSTALLED;
        for (BundleFile file : kar.bundles()) {
            for (Bundle bundle : there) {
                if (!file.name().equals(bundle.getSymbolicName())) {
                    continue;
                }
                if (FrameworkBundles.sameVersion(bundle, file.version())) {
                    far = Beside.RESOLVED;
                } else if (file.singleton()) {
                    return Beside.NOTHING;
                }
            }
        }
        return far;
    }

    /** What is missing is told last, after who needs whom. */
    private static String resolution(Exception failure) {
        String text = Failed.reason(failure);
        String whole = String.valueOf(failure.getMessage());
        int last = whole.lastIndexOf(CAUSED_BY);
        return last < 0
                ? text
                : Failed.shortened(whole.substring(last + CAUSED_BY.length()).replaceAll("]+$", ""));
    }

    @Override
    public void remove(String name) throws BundleTrouble, InterruptedException {
        drop(noted(name));
    }

    private void drop(List<Noted> gone) throws BundleTrouble, InterruptedException {
        if (gone.isEmpty()) {
            return;
        }
        List<Bundle> before = Arrays.asList(context.getBundles());
        for (Noted one : gone) {
            try {
                Set<String> installed = new LinkedHashSet<>(one.features());
                installed.removeIf(id -> features.getState(id) == FeatureState.Uninstalled);
                if (!installed.isEmpty()) {
                    features.uninstallFeatures(
                            installed, EnumSet.of(Option.NoAutoRefreshBundles, Option.DeleteConfigurations));
                }
                String here = one.folder().toUri().toString();
                for (var list : features.listRepositories()) {
                    if (list.getURI().toString().startsWith(here)) {
                        features.removeRepository(list.getURI());
                    }
                }
                KarFile.delete(one.folder());
            } catch (IOException e) {
                throw new BundleTrouble("what was unpacked of it cannot be removed: " + e.getMessage(), e);
            } catch (Exception e) {
                throw new BundleTrouble("its features cannot be taken away: " + resolution(e), e);
            }
        }
        List<Bundle> uninstalled = before.stream()
                .filter(bundle -> bundle.getState() == Bundle.UNINSTALLED)
                .toList();
        if (!uninstalled.isEmpty()) {
            Refreshing.refresh(context, uninstalled);
        }
    }

    @Override
    public Look look(String name) {
        Optional<Noted> one = noted(name).stream().filter(this::isActive).findFirst();
        if (one.isEmpty()) {
            return new Look.Broken("not all of its bundles stayed active");
        }
        return inspection.look(wanted(one.get()).keySet().stream()
                .map(context::getBundle)
                .filter(bundle -> bundle != null && bundle.getState() == Bundle.ACTIVE)
                .toList());
    }
}
