package io.holdfast.runtime;

import io.holdfast.api.runtime.Signatures;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.CodeSigner;
import java.security.PublicKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipException;

/**
 * The standard signatures of jars, and the keys that count here: those of the certificates in one folder, which is read anew each time.
 * Whoever may write there decides; how long a certificate is valid and who issued it is not looked at.
 */
public final class SignedJars implements Signatures {
    /** What a signature itself consists of; everything else in META-INF is signed like any other file. */
    private static final Pattern OF_THE_SIGNATURE =
            Pattern.compile("META-INF/(MANIFEST\\.MF|[^/]*\\.(SF|RSA|DSA|EC)|SIG-[^/]*)");

    private final Optional<Path> keys;

    /** Creates it; empty if everything is taken. */
    public SignedJars(Optional<Path> keys) {
        this.keys = keys;
    }

    @Override
    public boolean required() {
        return keys.isPresent();
    }

    @Override
    public void check(Path jar) throws IOException {
        if (keys.isPresent()) {
            check(jar, known(keys.get()), keys.get());
        }
    }

    private static Set<PublicKey> known(Path folder) throws IOException {
        Set<PublicKey> known = new HashSet<>();
        List<Path> files;
        try (Stream<Path> all = Files.list(folder)) {
            files = all.filter(Files::isRegularFile).sorted().toList();
        } catch (NoSuchFileException e) {
            throw new IOException(
                    "nothing is taken here, for the folder " + folder + " of deploy.keys is not there", e);
        }
        for (Path file : files) {
            try (InputStream in = Files.newInputStream(file)) {
                CertificateFactory.getInstance("X.509")
                        .generateCertificates(in)
                        .forEach(certificate -> known.add(certificate.getPublicKey()));
            } catch (CertificateException e) {
                throw new IOException(
                        "nothing is taken here, for " + file + " is no X.509 certificate (PEM or DER); take it out of"
                                + " the folder of deploy.keys",
                        e);
            }
        }
        if (known.isEmpty()) {
            throw new IOException(
                    "nothing is taken here, for the folder " + folder + " of deploy.keys has no certificate in it");
        }
        return known;
    }

    private static void check(Path jar, Set<PublicKey> known, Path folder) throws IOException {
        String remedy = "; sign it with the key of a certificate in " + folder
                + " (deploy.keys) on each node: jarsigner -keystore KEYSTORE FILE ALIAS";
        Set<String> names = new HashSet<>();
        int signed = 0;
        try (JarFile file = new JarFile(jar.toFile(), true)) {
            for (JarEntry entry : Collections.list(file.entries())) {
                if (!names.add(entry.getName())) {
                    throw new IOException(
                            "it has " + entry.getName() + " twice, so nobody can tell which one is signed");
                }
                if (entry.isDirectory()
                        || OF_THE_SIGNATURE
                                .matcher(entry.getName().toUpperCase(Locale.ROOT))
                                .matches()) {
                    continue;
                }
                try (InputStream in = file.getInputStream(entry)) {
                    in.transferTo(OutputStream.nullOutputStream()); // only what was read to its end is verified
                }
                refuse(entry, known, remedy);
                signed++;
            }
        } catch (SecurityException e) {
            throw new IOException("it was changed after it was signed (" + e.getMessage() + ")" + remedy, e);
        } catch (ZipException e) {
            throw new IOException("it is no jar, or only a part of one", e);
        }
        if (signed == 0) {
            throw new IOException("there is nothing in it that could be signed");
        }
    }

    private static void refuse(JarEntry entry, Set<PublicKey> known, String remedy) throws IOException {
        CodeSigner[] signers = entry.getCodeSigners();
        if (signers == null || signers.length == 0) {
            throw new IOException("it is not signed, or not all of it: nobody signed " + entry.getName() + remedy);
        }
        if (Arrays.stream(signers)
                .map(SignedJars::own)
                .noneMatch(certificate -> known.contains(certificate.getPublicKey()))) {
            throw new IOException(
                    "it is signed by somebody who is not known here (" + name(own(signers[0])) + ")" + remedy);
        }
    }

    private static String name(Certificate certificate) {
        return certificate instanceof X509Certificate known
                ? known.getSubjectX500Principal().getName()
                : certificate.getType();
    }

    private static Certificate own(CodeSigner signer) {
        return signer.getSignerCertPath().getCertificates().get(0);
    }
}
