package io.holdfast.deploy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/** What a file says of what is in it: one bundle, or a KAR with features. */
public sealed interface Deployable permits BundleFile, KarFile {
    /** {@return the name of the deployment} A newer one of the same name takes its place. */
    String name();

    /** {@return its version, {@code 0.0.0} if it has none} */
    String version();

    /**
     * {@return what the file says}
     *
     * @throws IOException if it is nothing that can be deployed; the message says why
     */
    static Deployable read(Path file) throws IOException {
        try (ZipFile zip = new ZipFile(file.toFile())) {
            return KarFile.is(zip) ? KarFile.read(zip) : BundleFile.read(zip);
        } catch (ZipException e) {
            throw new IOException("it is no jar, or only a part of one (" + Files.size(file) + " bytes)", e);
        }
    }
}
