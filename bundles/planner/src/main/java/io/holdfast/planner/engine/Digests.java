package io.holdfast.planner.engine;

import io.holdfast.planner.cluster.History;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Tells by digests whether an operation was run with the present parameters. */
final class Digests {
    /** What a change of parameters asks for. */
    enum Change {
        SAME,
        RELOAD,
        RESTART
    }

    Change compare(Piece piece, History.Entry entry) {
        if (entry.digest().isEmpty() || piece.source.meta().containsKey("holdfast-parameters-per-node")) {
            return Change.SAME;
        }
        TreeMap<String, String> parameters = new TreeMap<>(piece.source.parameters());
        if (entry.intervalMillis() > 0 || digest(parameters).equals(entry.digest())) {
            return Change.SAME;
        }
        if (entry.restartDigest().isEmpty()) {
            return Change.RESTART;
        } else if (entry.restartParameters().isBlank()) {
            return Change.RELOAD;
        }
        Set<String> named =
                new HashSet<>(Arrays.asList(entry.restartParameters().trim().split("\\s+")));
        TreeMap<String, String> restarting = new TreeMap<>(parameters);
        restarting.keySet().retainAll(named);
        return digest(restarting).equals(entry.restartDigest()) ? Change.RELOAD : Change.RESTART;
    }

    /** As Pacemaker computes it: of the parameters as one empty element, sorted by name. */
    private static String digest(Map<String, String> parameters) {
        StringBuilder text = new StringBuilder(" <parameters");
        parameters.forEach((name, value) -> text.append(' ')
                .append(name)
                .append("=\"")
                .append(escape(value))
                .append('"'));
        text.append("/>\n");
        try {
            byte[] sum = MessageDigest.getInstance("MD5").digest(text.toString().getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(sum);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has MD5", e);
        }
    }

    private static String escape(String value) {
        return value.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("\t", "&#9;")
                .replace("\n", "&#10;")
                .replace("\r", "&#13;");
    }
}
