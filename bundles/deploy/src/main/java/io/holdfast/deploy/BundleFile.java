package io.holdfast.deploy;

import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * What a file says of the bundle in it.
 *
 * @param name symbolic name
 * @param version bundle version, {@code 0.0.0} if it has none
 * @param singleton whether no two versions of it may be resolved at once
 */
public record BundleFile(String name, String version, boolean singleton) implements Deployable {

    static BundleFile read(ZipFile zip) throws IOException {
        Attributes headers = headers(zip).getMainAttributes();
        String symbolicName = headers.getValue("Bundle-SymbolicName");
        if (symbolicName == null) {
            throw new IOException("it is no OSGi bundle: its manifest has no Bundle-SymbolicName");
        }
        if (headers.getValue("Fragment-Host") != null) {
            throw new IOException("it is a fragment, which cannot be started; deploy a bundle");
        }
        return of(symbolicName, headers);
    }

    /** {@return what the file is, whatever kind of bundle; empty if it is none} */
    static Optional<BundleFile> of(ZipFile zip) throws IOException {
        if (zip.getEntry(JarFile.MANIFEST_NAME) == null) {
            return Optional.empty();
        }
        Attributes headers = headers(zip).getMainAttributes();
        return Optional.ofNullable(headers.getValue("Bundle-SymbolicName")).map(name -> of(name, headers));
    }

    private static BundleFile of(String symbolicName, Attributes headers) {
        String version = headers.getValue("Bundle-Version");
        String[] parts = symbolicName.split(";");
        boolean singleton = symbolicName.replace(" ", "").contains("singleton:=true");
        return new BundleFile(parts[0].strip(), version == null ? "0.0.0" : version.strip(), singleton);
    }

    private static Manifest headers(ZipFile zip) throws IOException {
        ZipEntry entry = zip.getEntry(JarFile.MANIFEST_NAME);
        if (entry == null) {
            throw new IOException("it is no OSGi bundle, for it has no " + JarFile.MANIFEST_NAME
                    + ", and no KAR, for no file in its " + KarFile.REPOSITORY + " lists features");
        }
        try (InputStream in = zip.getInputStream(entry)) {
            return new Manifest(in);
        }
    }
}
