package io.holdfast.lab.torture;

import io.holdfast.lab.Shell;
import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/** An installation with one class of it compiled anew from another source. */
public final class Altered {
    private Altered() {}

    /** Makes it below a folder. {@return where it is} */
    public static Path copy(Path installation, Path folder, String file, String text) throws IOException {
        Path copy = folder.resolve("altered");
        Shell.run("cp", "-r", installation.toString(), copy.toString());
        // by this a node sees that it was installed anew, and takes nothing from what the container kept
        Files.writeString(copy.resolve("lib/build"), "altered: " + file + "\n", StandardOpenOption.APPEND);
        List<Path> jars;
        try (Stream<Path> files = Files.walk(copy)) {
            jars = files.filter(path -> path.toString().endsWith(".jar")).toList();
        }
        Path classes = Files.createDirectories(folder.resolve("altered-classes"));
        Path source = Files.createDirectories(folder.resolve("altered-source")).resolve(file);
        // annotations that an installation does not have
        Files.writeString(
                source,
                text.replace("import org.jspecify.annotations.Nullable;", "").replace("@Nullable ", ""));
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        int status = compiler.run(
                null,
                null,
                null,
                "-proc:none",
                "-nowarn",
                "--release",
                "17",
                "-cp",
                jars.stream().map(Path::toString).collect(Collectors.joining(":")),
                "-d",
                classes.toString(),
                source.toString());
        if (status != 0) {
            throw new IllegalStateException("the other " + file + " does not compile any more");
        }
        int changed = 0;
        for (Path jar : jars) {
            changed += replace(jar, classes);
        }
        if (changed == 0) {
            throw new IllegalStateException("no jar has the classes of " + file);
        }
        return copy;
    }

    /** {@return how many classes of the jar are others now} */
    private static int replace(Path jar, Path classes) throws IOException {
        List<Path> all;
        try (Stream<Path> files = Files.walk(classes)) {
            all = new ArrayList<>(files.filter(Files::isRegularFile).toList());
        }
        int changed = 0;
        try (FileSystem zip = FileSystems.newFileSystem(URI.create("jar:" + jar.toUri()), Map.of())) {
            for (Path file : all) {
                Path there = zip.getPath("/" + classes.relativize(file));
                if (Files.exists(there)) {
                    Files.copy(file, there, StandardCopyOption.REPLACE_EXISTING);
                    changed++;
                }
            }
        }
        return changed;
    }
}
