package io.holdfast.shell;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A swap that another node asked for. */
public final class RemoteSwap {
    private RemoteSwap() {}

    /** Does it, and blocks. {@return what was done} Fails as the command would, with a message that says why. */
    public static String run(Services services, String layer, byte[] content, String who) {
        Io io = new Io(silent(), silent(), false, 0, who, name -> "", () -> false);
        Call call = new Call(Words.parse(List.of("swap", layer)), io, services);
        return Swap.exchangeChecked(call, layer, content);
    }

    private static PrintStream silent() {
        return new PrintStream(new ByteArrayOutputStream(), false, StandardCharsets.UTF_8);
    }
}
