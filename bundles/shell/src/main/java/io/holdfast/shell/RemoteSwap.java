package io.holdfast.shell;

import io.holdfast.shell.Swaps.Progress;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A swap that another node asked for. */
public final class RemoteSwap {
    private RemoteSwap() {}

    /**
     * Does it, and blocks. {@return what was done} Fails as the command would, with a message that says why. After a swap of the shell
     * nobody is there to be told: {@link #ofTheShell} is asked then.
     */
    public static String run(Services services, String layer, byte[] content, String who) {
        Io io = new Io(silent(), silent(), false, 0, who, name -> "", () -> false);
        Call call = new Call(Words.parse(List.of("swap", layer)), io, services);
        return Swap.exchangeChecked(call, layer, content);
    }

    /** {@return whether this layer takes with it who could tell how its swap went} */
    public static boolean isShell(String layer) {
        return layer.equals(Swap.SHELL);
    }

    /** {@return how the last swap of the shell here goes or went} */
    public static Progress ofTheShell(Services services) {
        return Swap.ofTheShell(services);
    }

    private static PrintStream silent() {
        return new PrintStream(new ByteArrayOutputStream(), false, StandardCharsets.UTF_8);
    }
}
