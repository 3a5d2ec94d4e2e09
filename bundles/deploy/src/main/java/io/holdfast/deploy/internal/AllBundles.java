package io.holdfast.deploy.internal;

import io.holdfast.deploy.BundleFile;
import io.holdfast.deploy.BundleTrouble;
import io.holdfast.deploy.Bundles;
import io.holdfast.deploy.Deployable;
import java.nio.file.Path;
import java.util.SortedMap;
import java.util.TreeMap;

/** Single bundles and KARs. A name may change from the one to the other. */
final class AllBundles implements Bundles {
    private final Bundles single;
    private final Bundles kars;

    AllBundles(Bundles single, Bundles kars) {
        this.single = single;
        this.kars = kars;
    }

    @Override
    public SortedMap<String, Installed> installed() {
        SortedMap<String, Installed> all = new TreeMap<>(single.installed());
        kars.installed()
                .forEach((name, one) -> all.merge(name, one, (first, second) -> first.active() ? first : second));
        return all;
    }

    @Override
    public void put(Deployable what, String digest, Path file) throws BundleTrouble, InterruptedException {
        boolean bundle = what instanceof BundleFile;
        (bundle ? kars : single).remove(what.name());
        (bundle ? single : kars).put(what, digest, file);
    }

    @Override
    public void remove(String name) throws BundleTrouble, InterruptedException {
        single.remove(name);
        kars.remove(name);
    }

    @Override
    public Look look(String name) {
        return (kars.installed().containsKey(name) ? kars : single).look(name);
    }
}
