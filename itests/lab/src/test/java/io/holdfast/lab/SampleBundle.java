package io.holdfast.lab;

import io.holdfast.api.resource.ResourceType;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/** The sample bundle of a resource type, packed anew with something else in it. */
final class SampleBundle {
    private static final Path SAMPLE = Path.of(System.getProperty("holdfast.web.bundle"));

    private SampleBundle() {}

    /** {@return the sample as another version, with one more component, if one is given} */
    static Path with(Path folder, String version, Optional<Class<?>> component) throws IOException {
        return with(folder, version, component, "%s,OSGI-INF/broken.xml");
    }

    /** {@return the sample as another version, with another type in the place of its own} */
    static Path withType(Path folder, String version, Class<?> type) throws IOException {
        return with(folder, version, Optional.of(type), "OSGI-INF/broken.xml");
    }

    private static Path with(Path folder, String version, Optional<Class<?>> component, String components)
            throws IOException {
        Path jar = folder.resolve("web-folder-" + version + ".jar");
        try (JarFile sample = new JarFile(SAMPLE.toFile())) {
            Manifest manifest = sample.getManifest();
            Attributes headers = manifest.getMainAttributes();
            headers.putValue("Bundle-Version", version);
            if (component.isPresent()) {
                headers.putValue("Service-Component", components.formatted(headers.getValue("Service-Component")));
            }
            try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar), manifest)) {
                for (JarEntry entry : sample.stream().toList()) {
                    if (!entry.isDirectory() && !entry.getName().equals(JarFile.MANIFEST_NAME)) {
                        out.putNextEntry(new JarEntry(entry.getName()));
                        sample.getInputStream(entry).transferTo(out);
                    }
                }
                if (component.isPresent()) {
                    add(out, component.get());
                }
            }
        }
        return jar;
    }

    private static void add(JarOutputStream out, Class<?> component) throws IOException {
        for (Class<?> each = component; each != Object.class; each = each.getSuperclass()) {
            String file = each.getName().replace('.', '/') + ".class";
            out.putNextEntry(new JarEntry(file));
            try (InputStream in = each.getClassLoader().getResourceAsStream(file)) {
                Objects.requireNonNull(in).transferTo(out);
            }
        }
        boolean type = ResourceType.class.isAssignableFrom(component);
        out.putNextEntry(new JarEntry("OSGI-INF/broken.xml"));
        out.write(
                ("<scr:component xmlns:scr=\"http://www.osgi.org/xmlns/scr/v1.4.0\" name=\"broken\" immediate=\"true\">"
                                + (type
                                        ? "<service><provide interface=\"" + ResourceType.class.getName()
                                                + "\"/></service>"
                                        : "")
                                + "<implementation class=\"" + component.getName() + "\"/></scr:component>")
                        .getBytes(StandardCharsets.UTF_8));
    }
}
