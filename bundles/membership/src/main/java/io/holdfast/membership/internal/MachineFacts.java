package io.holdfast.membership.internal;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads load, memory and free disk of this machine. Blocks; for workers. */
final class MachineFacts {
    private final Path proc;
    private final List<Path> disks;

    MachineFacts(Path proc, List<Path> disks) {
        this.proc = proc;
        this.disks = disks;
    }

    /** {@return attributes by name; empty where something cannot be read} */
    Map<String, String> read() {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("cpu.count", String.valueOf(Runtime.getRuntime().availableProcessors()));
        facts.put("cpu.load", first("loadavg").map(line -> line.split(" ")[0]).orElse(""));
        facts.put("memory.total_mb", memory("MemTotal:"));
        facts.put("memory.free_mb", memory("MemAvailable:"));
        for (Path disk : disks) {
            facts.put("disk.free_mb:" + disk, free(disk));
        }
        return facts;
    }

    private Optional<String> first(String file) {
        try {
            return Files.readAllLines(proc.resolve(file)).stream().findFirst();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private String memory(String key) {
        try {
            return Files.readAllLines(proc.resolve("meminfo")).stream()
                    .filter(line -> line.startsWith(key))
                    .map(line -> line.replaceAll("[^0-9]", ""))
                    .map(kilobytes -> String.valueOf(Long.parseLong(kilobytes) / 1024))
                    .findFirst()
                    .orElse("");
        } catch (IOException | NumberFormatException e) {
            return "";
        }
    }

    private static String free(Path disk) {
        try {
            FileStore store = Files.getFileStore(disk);
            return String.valueOf(store.getUsableSpace() >> 20);
        } catch (IOException e) {
            return "unknown";
        }
    }
}
