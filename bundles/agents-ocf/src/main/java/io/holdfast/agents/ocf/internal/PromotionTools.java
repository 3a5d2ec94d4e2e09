package io.holdfast.agents.ocf.internal;

import io.holdfast.api.resource.ResourceContext;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The programs by which agents say how much a copy wants to be promoted, under the names that agents know. They write a file for each
 * instance, which is read after each action. Blocks; on workers only.
 */
final class PromotionTools {
    private static final Logger log = LoggerFactory.getLogger(PromotionTools.class);

    /** Name of the program, and of the resource that it is written from. */
    private static final Map<String, String> PROGRAMS =
            Map.of("crm_attribute", "crm_attribute", "crm_master", "crm_attribute", "crm_node", "crm_node");

    private static final String PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    private static final int INFINITY = 1_000_000;
    /** A number and a line end; what is longer is not of these programs. */
    private static final int LONGEST = 32;

    private final Path programs;
    private final Path scores;

    /** @param temporary of this node alone */
    PromotionTools(Path temporary) {
        programs = temporary.resolve("bin");
        scores = temporary.resolve("promotion");
    }

    /** Writes the programs, unless they are there. */
    void install() throws IOException {
        Files.createDirectories(programs);
        Files.createDirectories(scores);
        for (Map.Entry<String, String> program : PROGRAMS.entrySet()) {
            byte[] text = read(program.getValue());
            Path file = programs.resolve(program.getKey());
            if (Files.isExecutable(file) && Arrays.equals(Files.readAllBytes(file), text)) {
                continue;
            }
            Path fresh = Files.createTempFile(programs, ".", "");
            Files.write(fresh, text);
            Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rwxr-xr-x"));
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
        }
    }

    private static byte[] read(String resource) throws IOException {
        try (InputStream in = PromotionTools.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IOException("this bundle lacks its file " + resource);
            }
            return in.readAllBytes();
        }
    }

    /** What lets an agent find them. */
    Map<String, String> environment(String instance) {
        return Map.of(
                "PATH",
                programs + ":" + PATH,
                "HA_SBIN_DIR",
                programs.toString(),
                "HOLDFAST_PROMOTION",
                scores.resolve(instance).toString());
    }

    /** What was said before the instance was started counts no more. */
    void forget(String instance) {
        try {
            Files.deleteIfExists(scores.resolve(instance));
        } catch (IOException e) {
            log.warn("The old promotion score of {} cannot be removed: {}", instance, e.toString());
        }
    }

    /** Passes on what the agent said last, if it ever did. */
    void tell(ResourceContext context) {
        Path file = scores.resolve(context.name());
        try {
            if (!Files.exists(file)) {
                return;
            } else if (Files.size(file) > LONGEST) {
                throw new IOException("it has " + Files.size(file) + " bytes");
            }
            List<String> lines = Files.readAllLines(file);
            String said = lines.isEmpty() ? "" : lines.get(0).strip();
            context.promotionScore(said.isEmpty() ? OptionalInt.empty() : OptionalInt.of(score(said)));
        } catch (IOException | NumberFormatException e) {
            context.log("what it said of its promotion score cannot be read: " + e.getMessage());
        }
    }

    private static int score(String said) {
        if (said.endsWith("INFINITY")) {
            return said.startsWith("-") ? -INFINITY : INFINITY;
        }
        long number = Long.parseLong(said);
        return (int) Math.max(-INFINITY, Math.min(INFINITY, number));
    }
}
