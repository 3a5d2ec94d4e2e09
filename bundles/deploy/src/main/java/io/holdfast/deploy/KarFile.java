package io.holdfast.deploy;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/**
 * What a KAR says of itself: a Maven repository in a zip, with lists of Karaf's features.
 *
 * @param name of the first feature that is installed with it
 * @param version that feature's
 */
public record KarFile(String name, String version) implements Deployable {
    static final String REPOSITORY = "repository/";

    /** What a KAR of the largest size can hold; a smaller one that has more in it is an attack on the disk. */
    private static final long LARGEST = 1L << 30;

    /** So much of the digest tells two builds apart in the names of their features. */
    private static final int MARK = 12;

    /**
     * A KAR on the disk, as the feature service takes it. Its features have names that no other list has, and its bundles come from
     * this folder: two builds with the same version numbers are told apart, and nothing is looked for in the network.
     *
     * @param lists the rewritten lists of features
     * @param features "NAME/VERSION" of those that are to be installed
     * @param bundles that are in it
     * @param configures whether it brings configurations, which go with its features
     */
    public record Unpacked(List<Path> lists, List<String> features, List<BundleFile> bundles, boolean configures) {}

    static boolean is(ZipFile zip) throws IOException {
        return !lists(zip).isEmpty();
    }

    static KarFile read(ZipFile zip) throws IOException {
        List<FeatureList.Feature> wanted = wanted(lists(zip).values());
        if (wanted.isEmpty()) {
            throw new IOException("it is a KAR in which every feature is to be installed by hand (install=\"manual\")");
        }
        if (zip.stream().anyMatch(entry -> entry.getName().startsWith("resources/") && !entry.isDirectory())) {
            throw new IOException("it is a KAR with files for the container's own folder (resources/), which"
                    + " nothing could take back; put them into a bundle");
        }
        if (lists(zip).values().stream().anyMatch(list -> list.has("library"))) {
            throw new IOException("it is a KAR that brings libraries for the Java class path, which nothing could take"
                    + " back; put them into a bundle");
        }
        return new KarFile(wanted.get(0).name(), wanted.get(0).version());
    }

    private static List<FeatureList.Feature> wanted(Iterable<FeatureList> lists) {
        List<FeatureList.Feature> wanted = new ArrayList<>();
        lists.forEach(list ->
                list.features().stream().filter(feature -> !feature.manual()).forEach(wanted::add));
        return wanted;
    }

    private static TreeMap<String, FeatureList> lists(ZipFile zip) throws IOException {
        TreeMap<String, FeatureList> lists = new TreeMap<>();
        for (ZipEntry entry : Collections.list(zip.entries())) {
            if (entry.getName().startsWith(REPOSITORY) && entry.getName().endsWith(".xml")) {
                try (InputStream in = zip.getInputStream(entry)) {
                    FeatureList list = FeatureList.read(in, entry.getName());
                    if (list.is()) {
                        lists.put(entry.getName(), list);
                    }
                }
            }
        }
        return lists;
    }

    /**
     * Unpacks a KAR into a folder, anew if it is there.
     *
     * @param present whether a bundle of that address is in the container by other ways; it is left to be shared
     */
    public static Unpacked unpack(Path kar, String digest, Path folder, Predicate<String> present) throws IOException {
        delete(folder);
        Files.createDirectories(folder);
        try (ZipFile zip = new ZipFile(kar.toFile())) {
            long left = LARGEST;
            for (ZipEntry entry : Collections.list(zip.entries())) {
                if (entry.getName().startsWith(REPOSITORY) && !entry.isDirectory()) {
                    left -= copy(zip, entry, folder, left);
                }
            }
            TreeMap<String, FeatureList> lists = lists(zip);
            List<FeatureList.Feature> wanted = wanted(lists.values());
            String mark = digest.substring(0, MARK);
            Set<String> own = new TreeSet<>();
            lists.values().forEach(list -> list.features().forEach(feature -> own.add(feature.name())));
            List<Path> written = new ArrayList<>();
            for (FeatureList list : lists.values()) {
                list.replaceAddresses(address -> here(address, folder, present));
                list.mark(own, mark);
                Path file = folder.resolve("features-" + written.size() + ".xml");
                try (OutputStream out = Files.newOutputStream(file)) {
                    list.write(out);
                }
                written.add(file);
            }
            return new Unpacked(
                    written,
                    wanted.stream()
                            .map(feature -> feature.name() + "-" + mark + "/" + feature.version())
                            .toList(),
                    bundles(folder.resolve(REPOSITORY)),
                    lists.values().stream().anyMatch(list -> list.has("config") || list.has("configfile")));
        }
    }

    private static List<BundleFile> bundles(Path repository) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.walk(repository)) {
            files = all.filter(file -> file.toString().endsWith(".jar"))
                    .sorted()
                    .toList();
        }
        List<BundleFile> bundles = new ArrayList<>();
        for (Path file : files) {
            bundle(file).ifPresent(bundles::add);
        }
        return bundles;
    }

    private static Optional<BundleFile> bundle(Path file) throws IOException {
        try (ZipFile zip = new ZipFile(file.toFile())) {
            return BundleFile.of(zip);
        } catch (ZipException e) {
            return Optional.empty(); // the container says what is wrong with it, if it is needed
        }
    }

    private static String here(String address, Path folder, Predicate<String> present) {
        Path file;
        try {
            file = folder.resolve(REPOSITORY)
                    .resolve(MavenAddress.path(address))
                    .normalize();
        } catch (IllegalArgumentException e) {
            return address; // Karaf says what is wrong with it
        }
        return file.startsWith(folder) && Files.isRegularFile(file) && !present.test(address)
                ? file.toUri().toString()
                : address;
    }

    private static long copy(ZipFile zip, ZipEntry entry, Path folder, long most) throws IOException {
        Path target = folder.resolve(entry.getName()).normalize();
        if (!target.startsWith(folder)) {
            throw new IOException("it has a file that lies outside of it: " + entry.getName());
        }
        Files.createDirectories(target.getParent());
        long size = 0;
        byte[] part = new byte[64 << 10];
        try (InputStream in = zip.getInputStream(entry);
                OutputStream out = Files.newOutputStream(target)) {
            for (int count = in.read(part); count >= 0; count = in.read(part)) {
                size += count;
                if (size > most) {
                    throw new IOException("what is in it has more than " + (LARGEST >> 20) + " MiB");
                }
                out.write(part, 0, count);
            }
        }
        return size;
    }

    /** Removes an unpacked KAR. */
    public static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        List<Path> files;
        try (Stream<Path> all = Files.walk(folder)) {
            files = new ArrayList<>(all.toList());
        }
        Collections.reverse(files);
        for (Path file : files) {
            Files.deleteIfExists(file);
        }
    }
}
