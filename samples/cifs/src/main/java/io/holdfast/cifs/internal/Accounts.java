package io.holdfast.cifs.internal;

import io.holdfast.api.resource.Command;
import io.holdfast.api.resource.CommandResult;
import io.holdfast.api.resource.ResourceContext;
import io.holdfast.api.resource.ResourceException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The users of a share and their passwords, which come from a file that root alone may read. */
final class Accounts {
    /** The digest is beside the database and as secret as that. Old users stay in the database, but "valid users" shuts them out. */
    private static final String ENTER = """
            set -eu
            umask 077
            conf=$1 private=$2 digest=$3
            [ "$(cat "$private/users.digest" 2>/dev/null || true)" = "$digest" ] && exit 0
            mkdir -p "$private"
            while IFS=: read -r user password; do
                printf '%s\\n%s\\n' "$password" "$password" | smbpasswd -c "$conf" -s -a "$user" >/dev/null
            done
            echo "$digest" >"$private/users.digest.new"
            mv -T "$private/users.digest.new" "$private/users.digest"
            """;

    private final Map<String, String> passwords;

    private Accounts(Map<String, String> passwords) {
        this.passwords = passwords;
    }

    /** Reads the passwords of the users of the share. */
    static Accounts read(ShareSettings settings) throws ResourceException {
        Optional<Path> file = settings.passwordFile();
        if (settings.users().isEmpty() || file.isEmpty()) {
            return new Accounts(Map.of());
        }
        Map<String, String> all = parse(file.get());
        Map<String, String> wanted = new LinkedHashMap<>();
        for (String user : settings.users()) {
            String password = all.get(user);
            if (password == null) {
                throw new ResourceException(
                        "password-file: " + file.get() + " has no line for " + user + "; add " + user + ":password",
                        true);
            }
            wanted.put(user, password);
        }
        return new Accounts(wanted);
    }

    private static Map<String, String> parse(Path file) throws ResourceException {
        try {
            Map<String, String> all = new LinkedHashMap<>();
            for (String line : Files.readAllLines(file)) {
                int colon = line.indexOf(':');
                if (colon > 0 && !line.startsWith("#")) {
                    all.put(line.substring(0, colon), line.substring(colon + 1));
                }
            }
            return all;
        } catch (IOException e) {
            throw new ResourceException("password-file: " + file + " cannot be read on this node (" + e + ")", true);
        }
    }

    /** Enters them into the server's database on the volume, if they are not those that are there. */
    void enter(ResourceContext context, Folders folders) throws ResourceException, InterruptedException {
        if (passwords.isEmpty()) {
            return;
        }
        StringBuilder lines = new StringBuilder();
        passwords.forEach((user, password) ->
                lines.append(user).append(':').append(password).append('\n'));
        CommandResult result = context.run(new Command(
                List.of(
                        "sh",
                        "-c",
                        ENTER,
                        "enter-users",
                        folders.config().toString(),
                        folders.privates().toString(),
                        digest(lines.toString())),
                Map.of(),
                lines.toString()));
        if (!result.succeeded()) {
            throw new ResourceException("cannot enter the users " + passwords.keySet() + ": "
                    + result.errors().strip());
        }
    }

    private static String digest(String text) {
        try {
            byte[] bytes = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every JDK has it
        }
    }

    /** {@return who the check logs in as} */
    ShareCheck.Login login(boolean guest) {
        return guest
                ? ShareCheck.Login.GUEST
                : passwords.entrySet().stream()
                        .findFirst()
                        .map(entry -> ShareCheck.Login.named(entry.getKey(), entry.getValue()))
                        .orElse(ShareCheck.Login.GUEST);
    }
}
