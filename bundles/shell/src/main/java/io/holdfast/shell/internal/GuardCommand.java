package io.holdfast.shell.internal;

import io.holdfast.shell.GuardSwap;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Has {@code bin/holdfast swap-guard} do it, which knows how a guard of this installation is started. */
final class GuardCommand implements GuardSwap {
    /** The command itself gives up after 30 s. */
    private static final long LIMIT_SECONDS = 40;

    private final Path program;
    private final Path base;

    private GuardCommand(Path program, Path base) {
        this.program = program;
        this.base = base;
    }

    /** {@return the command; empty where the node was not started by bin/holdfast, and has no guard} */
    static Optional<GuardSwap> of(Path base) {
        return Optional.ofNullable(System.getProperty("holdfast.home"))
                .map(home -> Path.of(home, "bin", "holdfast"))
                .filter(Files::isExecutable)
                .map(program -> new GuardCommand(program, base));
    }

    @Override
    public String swap() throws IOException, InterruptedException {
        Path output = Files.createTempFile(base.resolve("run"), "swap-guard", ".out");
        try {
            Process process = new ProcessBuilder(List.of(program.toString(), "swap-guard", "--base", base.toString()))
                    .directory(new File("/"))
                    .redirectInput(new File("/dev/null"))
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IOException("the swap of the guard did not end within " + LIMIT_SECONDS + " s; " + base
                        + "/log/guard.log tells who guards this node");
            }
            String said = Files.readString(output, StandardCharsets.UTF_8).strip();
            if (process.exitValue() != 0) {
                throw new IOException(said.isEmpty() ? "status " + process.exitValue() : said);
            }
            return said;
        } finally {
            Files.deleteIfExists(output);
        }
    }
}
