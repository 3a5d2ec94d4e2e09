package io.holdfast.deploy;

import java.util.regex.Pattern;

/** {@code mvn:} addresses in lists of features. */
public final class MavenAddress {
    /** One of them, wherever it stands in a text: {@code wrap:mvn:...$...} has one too. */
    public static final Pattern IN_TEXT = Pattern.compile("mvn:[^\\s<>\"'$?&#]+");

    private MavenAddress() {}

    /**
     * {@return where its file is in a Maven repository}
     *
     * @throws IllegalArgumentException if it is no such address
     */
    public static String path(String address) {
        String[] parts = address.substring(address.indexOf('!') < 0 ? "mvn:".length() : address.indexOf('!') + 1)
                .split("/");
        if (!address.startsWith("mvn:") || parts.length < 3 || parts.length > 5) {
            throw new IllegalArgumentException(address + " is not mvn:GROUP/ARTIFACT/VERSION[/TYPE[/CLASSIFIER]]");
        }
        String type = parts.length > 3 && !parts[3].isEmpty() ? parts[3] : "jar";
        String classifier = parts.length > 4 ? "-" + parts[4] : "";
        return parts[0].replace('.', '/') + "/" + parts[1] + "/" + parts[2] + "/" + parts[1] + "-" + parts[2]
                + classifier + "." + type;
    }
}
