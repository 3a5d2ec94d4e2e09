package io.holdfast.itests;

import static org.ops4j.pax.exam.CoreOptions.maven;
import static org.ops4j.pax.exam.CoreOptions.systemProperty;
import static org.ops4j.pax.exam.CoreOptions.systemTimeout;
import static org.ops4j.pax.exam.CoreOptions.url;
import static org.ops4j.pax.exam.CoreOptions.vmOption;
import static org.ops4j.pax.exam.karaf.options.KarafDistributionOption.configureConsole;
import static org.ops4j.pax.exam.karaf.options.KarafDistributionOption.editConfigurationFilePut;
import static org.ops4j.pax.exam.karaf.options.KarafDistributionOption.karafDistributionConfiguration;
import static org.ops4j.pax.exam.karaf.options.KarafDistributionOption.keepRuntimeFolder;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.options.UrlReference;

/** The containers that the tests run in, each with a node's base folder of its own and, in the distribution, a guard. */
final class Containers {
    private static final String VERSION = System.getProperty("holdfast.version", "");
    /** The unpacked distribution; the packed one lies beside it. Not the local repository's: "mvn verify" puts nothing there. */
    private static final Path DISTRIBUTION = Path.of(System.getProperty("holdfast.distribution", ""))
            .toAbsolutePath()
            .normalize();

    private static final String KARAF = System.getProperty("karaf.version", "");

    private Containers() {}

    /** A plain Apache Karaf. */
    static List<Option> plain(String name, int port) throws IOException {
        String karaf = maven("org.apache.karaf", "apache-karaf")
                .version(KARAF)
                .type("tar.gz")
                .getURL();
        List<Option> options = options(karaf, "Apache Karaf", name, port);
        // as its own bin/karaf does
        String endorsed = "lib/endorsed/org.apache.karaf.specs.";
        for (String argument : List.of(
                "--add-reads=java.xml=java.logging",
                "--add-exports=java.base/org.apache.karaf.specs.locator=java.xml,ALL-UNNAMED",
                "--patch-module=java.base=" + endorsed + "locator-" + KARAF + ".jar",
                "--patch-module=java.xml=" + endorsed + "java.xml-" + KARAF + ".jar",
                "--add-opens=java.base/java.net=ALL-UNNAMED",
                "--add-opens=java.base/java.lang=ALL-UNNAMED")) {
            options.add(vmOption(argument));
        }
        return options;
    }

    /** The distribution, with a guard beside it as bin/holdfast would start one. */
    static List<Option> distribution(String name, int port) throws IOException {
        List<Option> options = options("file:" + DISTRIBUTION + ".tar.gz", "Holdfast", name, port);
        startGuard(base(name));
        return options;
    }

    /** The feature repository; with {@link #repositories} its bundles are found too. */
    static UrlReference features() {
        return url(DISTRIBUTION
                .resolve("system/io/holdfast/features/" + VERSION + "/features-" + VERSION + "-features.xml")
                .toUri()
                .toString());
    }

    private static String repositories() {
        return DISTRIBUTION.resolve("system").toUri()
                + "@id=holdfast@snapshots, https://repo1.maven.org/maven2@id=central";
    }

    /** A folder of this run's own: the guard of an earlier one may still be ending. */
    private static Path base(String name) {
        return Path.of("target", "nodes", name + "-" + ProcessHandle.current().pid())
                .toAbsolutePath();
    }

    private static List<Option> options(String container, String title, String name, int port) throws IOException {
        Path base = base(name);
        for (String folder : List.of("etc", "log", "run", "deploy", "ledger")) {
            Files.createDirectories(base.resolve(folder));
        }
        Files.writeString(
                base.resolve("etc/holdfast.cfg"),
                "node = " + name + "\ncluster = itests\nbind = 127.0.0.1\nlease = 2s\nport = " + port + "\nvoters = "
                        + name + "=127.0.0.1:" + port + "\n");
        return new ArrayList<>(List.of(
                karafDistributionConfiguration()
                        .frameworkUrl(container)
                        .name(title)
                        .karafVersion(KARAF)
                        .useDeployFolder(false)
                        .unpackDirectory(new File("target/exam")),
                configureConsole().ignoreLocalConsole().ignoreRemoteShell(),
                keepRuntimeFolder(),
                systemTimeout(120_000),
                systemProperty("holdfast.base").value(base.toString()),
                editConfigurationFilePut(
                        "etc/org.ops4j.pax.url.mvn.cfg",
                        "org.ops4j.pax.url.mvn.localRepository",
                        System.getProperty("local.repository", "")),
                editConfigurationFilePut(
                        "etc/org.ops4j.pax.url.mvn.cfg", "org.ops4j.pax.url.mvn.repositories", repositories())));
    }

    private static void startGuard(Path base) throws IOException {
        new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx16m",
                        "-XX:+UseSerialGC",
                        "-cp",
                        DISTRIBUTION.resolve("lib/holdfast-guard.jar").toString(),
                        "io.holdfast.guard.Main",
                        "guard",
                        "--base",
                        base.toString())
                .redirectErrorStream(true)
                .redirectOutput(base.resolve("log/guard.out").toFile())
                .redirectInput(new File("/dev/null"))
                .start();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> endGuard(base), "guard-end"));
    }

    /** Asks the guard, whichever process it is by now, to end; it tells the daemon to leave, if there is one still. */
    private static void endGuard(Path base) {
        try {
            Path note = base.resolve("run/guard.pid");
            if (Files.exists(note)) {
                ProcessHandle.of(Long.parseLong(Files.readString(note).strip()))
                        .filter(guard -> guard.info().commandLine().orElse("").endsWith(base.toString()))
                        .ifPresent(ProcessHandle::destroy);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
