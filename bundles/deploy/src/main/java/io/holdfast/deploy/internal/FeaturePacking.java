package io.holdfast.deploy.internal;

import io.holdfast.deploy.MavenAddress;
import io.holdfast.deploy.Packing;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.karaf.features.Dependency;
import org.apache.karaf.features.Feature;
import org.apache.karaf.features.FeaturesService;

/** Takes features from Karaf's feature service, and their bundles from wherever that would take them. The same feature gives the same bytes. */
final class FeaturePacking implements Packing {
    /** Of entries in the KAR; any that stays the same will do. 1980 is the first that a zip can say. */
    private static final long NO_TIME = 315_532_800_000L;

    private static final String ANY = "0.0.0";

    private final FeaturesService features;

    FeaturePacking(FeaturesService features) {
        this.features = features;
    }

    @Override
    public void pack(String feature, OutputStream out) throws IOException {
        List<Feature> all = needed(root(feature));
        String list = "<features name=\"" + all.get(0).getName()
                + "\" xmlns=\"http://karaf.apache.org/xmlns/features/v1.6.0\">\n"
                + all.stream().map(this::xml).collect(Collectors.joining("\n")) + "\n</features>\n";
        TreeSet<String> addresses = new TreeSet<>();
        Matcher found = MavenAddress.IN_TEXT.matcher(list);
        while (found.find()) {
            addresses.add(found.group());
        }
        ZipOutputStream zip = new ZipOutputStream(out); // not closed: the caller's stream goes on
        entry(zip, "repository/" + all.get(0).getName() + "-features.xml");
        zip.write(list.getBytes(StandardCharsets.UTF_8));
        for (String address : addresses) {
            try {
                entry(zip, "repository/" + MavenAddress.path(address));
            } catch (IllegalArgumentException e) {
                throw new IOException(e.getMessage(), e);
            }
            try (InputStream in = URI.create(address).toURL().openStream()) {
                in.transferTo(zip);
            } catch (IOException e) {
                throw new IOException(address + " of it cannot be had here: " + Failed.reason(e), e);
            }
        }
        zip.finish();
    }

    private static void entry(ZipOutputStream zip, String name) throws IOException {
        ZipEntry entry = new ZipEntry(name);
        entry.setTime(NO_TIME);
        zip.putNextEntry(entry);
    }

    private Feature root(String feature) throws IOException {
        String[] parts = feature.split("/", 2);
        List<Feature> known = find(parts[0], parts.length > 1 ? parts[1] : ANY);
        if (known.isEmpty()) {
            throw new IOException(
                    "no feature " + feature + " is known here; 'feature:repo-add' of its list in the Karaf"
                            + " shell makes it known, 'feature:list' shows what is");
        }
        return known.get(0);
    }

    private List<Feature> find(String name, String version) throws IOException {
        try {
            return Arrays.stream(features.getFeatures(name, version)).toList();
        } catch (Exception e) {
            throw new IOException("the features of this node cannot be read: " + Failed.reason(e), e);
        }
    }

    /** {@return it, and what it needs that is not installed: every node has what is installed with Holdfast} */
    private List<Feature> needed(Feature root) throws IOException {
        Map<String, Feature> all = new LinkedHashMap<>(Map.of(root.getId(), root));
        Deque<Feature> left = new ArrayDeque<>(List.of(root));
        while (!left.isEmpty()) {
            Feature feature = left.poll();
            for (Dependency dependency : feature.getDependencies()) {
                List<Feature> known = find(dependency.getName(), dependency.getVersion());
                if (known.isEmpty()) {
                    throw new IOException(feature.getName() + " needs the feature " + dependency.getName() + " "
                            + dependency.getVersion() + ", which is not known here");
                }
                if (known.stream().noneMatch(features::isInstalled)
                        && all.putIfAbsent(known.get(0).getId(), known.get(0)) == null) {
                    left.add(known.get(0));
                }
            }
            refuseOther(feature);
        }
        return new ArrayList<>(all.values());
    }

    private static void refuseOther(Feature feature) throws IOException {
        List<String> other = Stream.concat(
                        feature.getBundles().stream(),
                        feature.getConditional().stream().flatMap(each -> each.getBundles().stream()))
                .map(bundle -> bundle.getLocation())
                .filter(location -> !MavenAddress.IN_TEXT.matcher(location).find())
                .toList();
        if (!other.isEmpty()) {
            throw new IOException("the feature " + feature.getName() + " takes " + String.join(", ", other)
                    + ", which other nodes may not have; only mvn: addresses can be packed");
        }
    }

    private String xml(Feature feature) {
        String text = features.getFeatureXml(feature);
        if (text == null) {
            throw new IllegalStateException("Karaf gives no XML of its feature " + feature.getId());
        }
        return text;
    }
}
