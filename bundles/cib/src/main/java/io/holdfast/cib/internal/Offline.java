package io.holdfast.cib.internal;

import io.holdfast.api.cluster.PacemakerFiles;
import io.holdfast.cib.CibFiles;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** {@code bin/ha simulate --cib} and {@code bin/ha import-cib}: they need no node, so they run without one. */
public final class Offline {
    private static final String USAGE =
            "usage: ha simulate --cib FILE [--apply DOCUMENT] [--fail NODE]... [--json] [--time TIME] [--explain RESOURCE]"
                    + " | ha import-cib FILE";

    private final PacemakerFiles files;
    private final PrintStream out;
    private final PrintStream err;

    Offline(PacemakerFiles files, PrintStream out, PrintStream err) {
        this.files = files;
        this.out = out;
        this.err = err;
    }

    /** Runs one command and ends with its exit code: 0 done, 1 refused, 2 wrong usage. */
    public static void main(String[] words) {
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        int code = new Offline(new CibFiles(InstantSource.system()), out, System.err).run(List.of(words));
        out.flush();
        System.exit(code);
    }

    int run(List<String> words) {
        Deque<String> left = new ArrayDeque<>(words);
        String command = "";
        @Nullable String file = null;
        Optional<String> time = Optional.empty();
        boolean json = false;
        Optional<String> resource = Optional.empty();
        Optional<String> document = Optional.empty();
        List<String> failed = new ArrayList<>();
        while (!left.isEmpty()) {
            String word = left.remove();
            int equals = word.startsWith("--") ? word.indexOf('=') : -1;
            if (equals > 0) {
                left.push(word.substring(equals + 1));
                word = word.substring(0, equals);
            }
            switch (word) {
                case "--json" -> json = true;
                case "--cib" -> file = left.poll();
                case "--explain" -> resource = Optional.ofNullable(left.poll());
                case "--apply" -> document = Optional.ofNullable(left.poll());
                case "--fail" -> Optional.ofNullable(left.poll()).ifPresent(failed::add);
                case "-t", "--time", "--set-datetime" -> time = Optional.ofNullable(left.poll());
                case "--base", "--wait" -> left.poll(); // meant for a node
                default -> {
                    if (word.startsWith("-") && !word.equals("-")) {
                        return usage("there is no option " + word + " here");
                    } else if (command.isEmpty()) {
                        command = word;
                    } else if (command.equals("import-cib") && file == null) {
                        file = word;
                    } else {
                        return usage("'" + word + "' is one word too many");
                    }
                }
            }
        }
        Asked asked = new Asked(time, document, failed, resource, json);
        return file == null ? usage("which file?") : run(command, file, asked);
    }

    private record Asked(
            Optional<String> time,
            Optional<String> document,
            List<String> failed,
            Optional<String> resource,
            boolean json) {}

    private static String text(String file) throws IOException {
        return file.equals("-")
                ? new String(System.in.readAllBytes(), StandardCharsets.UTF_8)
                : Files.readString(Path.of(file));
    }

    private int run(String command, String file, Asked asked) {
        try {
            String text = text(file);
            if (command.equals("import-cib")) {
                PacemakerFiles.Converted converted = files.convert(text);
                out.print(converted.document());
                converted.left().forEach(line -> err.println("not carried over: " + line));
                return 0;
            }
            Optional<String> document = asked.document().isPresent()
                    ? Optional.of(text(asked.document().get()))
                    : Optional.empty();
            PacemakerFiles.Case what = new PacemakerFiles.Case(text, asked.time(), document, asked.failed());
            out.print(
                    asked.resource().isPresent()
                            ? files.explain(what, asked.resource().get())
                            : files.simulate(what, asked.json()));
            return 0;
        } catch (NoSuchFileException e) {
            err.println("ha: " + e.getMessage() + ": there is no such file");
        } catch (IOException e) {
            err.println("ha: " + file + " cannot be read: " + e.getMessage());
        } catch (IllegalArgumentException e) {
            err.println("ha: " + file + ": " + e.getMessage());
        }
        return 1;
    }

    private int usage(String why) {
        err.println("ha: " + why);
        err.println(USAGE);
        return 2;
    }
}
