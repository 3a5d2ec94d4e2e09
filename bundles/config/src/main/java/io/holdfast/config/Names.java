package io.holdfast.config;

import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.nodes.Node;

/** Names of resources, groups and devices: they become folder names, so they are plain. */
final class Names {
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");

    private Names() {}

    static void check(String kind, String name, Node at, Problems problems) {
        if (!PLAIN.matcher(name).matches()) {
            problems.at(
                    at,
                    kind + " '" + name + "' is no usable name",
                    "expected up to 63 letters, digits, dots, dashes and underscores, a letter or digit first");
        }
    }
}
