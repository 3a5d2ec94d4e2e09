package io.holdfast.lab;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** The machine's processes, by their environment. */
final class ProcessTable {
    /** What a node without cgroups gives to everything that it runs: {@code NODE-HASH/INSTANCE/PART}. */
    static final String CELL = "HOLDFAST_CELL";

    private ProcessTable() {}

    /** {@return the processes with such a variable, {@code NAME=VALUE}, and all their descendants} */
    static List<Long> withDescendants(Predicate<String> variable) {
        return ProcessHandle.allProcesses()
                .filter(process -> environment(process.pid()).anyMatch(variable))
                .flatMap(process -> Stream.concat(Stream.of(process), process.descendants()))
                .map(ProcessHandle::pid)
                .distinct()
                .filter(ProcessTable::lives)
                .toList();
    }

    /** {@return the node that a process belongs to by its cell, or what it is instead} */
    static String owner(long pid) {
        Optional<String> cell = environment(pid)
                .filter(variable -> variable.startsWith(CELL + "="))
                .findFirst();
        return cell.map(value -> value.substring(CELL.length() + 1).split("/")[0])
                .orElse("process-" + pid);
    }

    private static Stream<String> environment(long pid) {
        try {
            byte[] all = Files.readAllBytes(Path.of("/proc/" + pid + "/environ"));
            return Arrays.stream(new String(all, StandardCharsets.UTF_8).split("\0"));
        } catch (IOException e) {
            return Stream.empty(); // ended, or somebody else's
        }
    }

    /** A dead process that nobody has waited for yet is gone. */
    private static boolean lives(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
            return stat.charAt(stat.lastIndexOf(')') + 2) != 'Z';
        } catch (IOException e) {
            return false;
        }
    }
}
