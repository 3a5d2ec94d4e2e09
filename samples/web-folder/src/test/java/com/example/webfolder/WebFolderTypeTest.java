package com.example.webfolder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.holdfast.api.resource.Health;
import io.holdfast.testkit.resource.Bench;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class WebFolderTypeTest {
    @TempDir
    Path folder;

    @Test
    void serves() throws Exception {
        try (Bench bench = bench(folder)) {
            assertEquals(List.of(), bench.validate());
            bench.start();
            bench.start(); // again: still success
            assertInstanceOf(Health.Running.class, bench.monitor());
            bench.stop();
            bench.stop();
            assertInstanceOf(Health.NotRunning.class, bench.monitor());
        }
    }

    @Test
    void noticesADeadServer() throws Exception {
        try (Bench bench = bench(folder)) {
            bench.start();
            bench.crash();
            assertInstanceOf(Health.NotRunning.class, bench.monitor());
            bench.start();
            assertInstanceOf(Health.Running.class, bench.monitor());
        }
    }

    @Test
    void saysWhatIsMissing() throws Exception {
        try (Bench bench = bench(folder.resolve("missing"))) {
            assertEquals(1, bench.validate().size());
        }
    }

    private static Bench bench(Path folder) throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        Map<String, String> parameters = Map.of("folder", folder.toString(), "port", Integer.toString(port));
        return new Bench(new WebFolderType(), "site", parameters, System::nanoTime);
    }
}
