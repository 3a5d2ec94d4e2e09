package io.holdfast.shell;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** What a layer that somebody updated with the container's own commands gets: the same return as after {@code ha swap}. */
public final class PlainSwap {
    private PlainSwap() {}

    /**
     * Waits until the node is back in the cluster, and puts {@code before} in the layer's place again if it is not. Blocks.
     *
     * @param unwanted whether nobody wants the answer any more: another update came
     * @return what was done; empty if there was nothing to do
     */
    public static Optional<String> lookAfter(Services services, String layer, byte[] before, BooleanSupplier unwanted) {
        PrintStream silent = new PrintStream(new ByteArrayOutputStream(), false, StandardCharsets.UTF_8);
        Io io = new Io(silent, silent, false, 0, "Karaf", name -> "", unwanted);
        return Swap.lookAfter(new Call(Words.parse(List.of("swap", layer)), io, services), layer, before);
    }
}
