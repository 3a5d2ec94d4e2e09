package io.holdfast.cifs.internal;

import io.holdfast.api.resource.Parameter;
import io.holdfast.api.resource.Parameter.Kind;
import io.holdfast.api.resource.Problem;
import io.holdfast.api.resource.ResourceContext;
import io.holdfast.api.resource.ResourceException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The parameters of one share, checked. Whatever ends up in smb.conf is checked here for characters that mean something there, so that
 * no value can smuggle in an option.
 */
record ShareSettings(
        String share,
        Path path,
        Path state,
        String comment,
        boolean readOnly,
        boolean guest,
        List<String> users,
        Optional<Path> passwordFile,
        String workgroup,
        String netbiosName,
        ServiceAddress address,
        Optional<String> interfaceName,
        int port) {

    /** In the order in which people should read them. */
    static final List<Parameter> PARAMETERS = List.of(
            Parameter.required("share", Kind.STRING, "Name under which clients see the share"),
            Parameter.required("path", Kind.STRING, "Folder to share, on a volume that every node can reach"),
            Parameter.required(
                    "address",
                    Kind.STRING,
                    "Service address with prefix length, such as 10.77.0.100/24; one of 127.0.0.0/8 for nodes of one machine"),
            Parameter.optional("guest", Kind.BOOLEAN, "false", "Whether everybody may connect without a password"),
            Parameter.optional(
                    "users", Kind.STRING, "Users who may connect, separated by commas; accounts of the nodes"),
            Parameter.optional(
                    "password-file", Kind.STRING, "File of lines user:password, for root alone; needed with users"),
            Parameter.optional("read-only", Kind.BOOLEAN, "false", "Whether clients may only read"),
            Parameter.optional("comment", Kind.STRING, "", "What clients see beside the name"),
            Parameter.optional("workgroup", Kind.STRING, "WORKGROUP", "Workgroup of the server"),
            Parameter.optional("netbios-name", Kind.STRING, "The server's one name; by default that of the resource"),
            Parameter.optional(
                    "interface", Kind.STRING, "Network interface; by default the one with an address in the prefix"),
            Parameter.optional("port", Kind.INTEGER, "445", "TCP port of the service address"),
            Parameter.optional(
                    "state",
                    Kind.STRING,
                    "Folder of the server's identity, on the same volume; by default below path"));

    private static final Pattern SHARE =
            Pattern.compile("[A-Za-z0-9_.$-][A-Za-z0-9_.$ -]{0,78}[A-Za-z0-9_.$-]|[A-Za-z0-9_.$-]");
    private static final Pattern NETBIOS = Pattern.compile("[A-Z0-9-]{1,15}");
    private static final Pattern USER = Pattern.compile("[a-z_][a-z0-9_.-]{0,31}");
    private static final Pattern INTERFACE = Pattern.compile("[A-Za-z0-9_.-]{1,15}");
    /** Control characters and quotes; the percent sign starts a macro of Samba, a backslash at the end goes on in the next line. */
    private static final Pattern NOT_IN_A_LINE = Pattern.compile("[\\p{Cntrl}%\"\\\\]");

    /** Reads what the type was given, or throws with everything that is wrong. */
    static ShareSettings of(ResourceContext context) throws ResourceException {
        List<Problem> problems = new ArrayList<>();
        ShareSettings settings = read(context, problems);
        if (!problems.isEmpty()) {
            throw new ResourceException(
                    problems.stream().map(Problem::toString).collect(Collectors.joining("; ")), true);
        }
        return settings;
    }

    /** Reads what the type was given; what is wrong is added to {@code problems}, and then the result is of no use. */
    static ShareSettings read(ResourceContext context, List<Problem> problems) {
        Reader reader = new Reader(context.parameters(), problems);
        String share = reader.matching("share", SHARE, "letters, digits, _ . $ - and blanks inside, at most 80");
        if (share.equalsIgnoreCase("global") || share.equalsIgnoreCase("homes") || share.equalsIgnoreCase("printers")) {
            reader.problem("share: " + share + " has a special meaning to Samba", "choose another name");
        }
        Path path = reader.folder("path", Optional.empty());
        List<String> users = reader.users();
        boolean guest = reader.truth("guest");
        Optional<Path> passwordFile =
                reader.value("password-file").map(file -> reader.folder("password-file", Optional.empty()));
        if (!guest && users.isEmpty()) {
            reader.problem("nobody may connect: guest is false and users is empty", "set guest: true or name users");
        }
        if (!users.isEmpty() && passwordFile.isEmpty()) {
            reader.problem("users need passwords", "set password-file to a file of lines user:password");
        }
        return new ShareSettings(
                share,
                path,
                reader.folder("state", Optional.of(path.resolve(".holdfast").resolve(plain(context.name())))),
                reader.line("comment"),
                reader.truth("read-only"),
                guest,
                users,
                passwordFile,
                reader.matching("workgroup", NETBIOS, "capital letters, digits and -, at most 15"),
                reader.value("netbios-name").isPresent()
                        ? reader.matching("netbios-name", NETBIOS, "capital letters, digits and -, at most 15")
                        : netbios(context.name()),
                reader.address(),
                reader.value("interface")
                        .map(name -> reader.matching("interface", INTERFACE, "the name of an interface")),
                reader.port());
    }

    /** {@return a name for files and folders of an instance} */
    static String plain(String instance) {
        return instance.replaceAll("[^A-Za-z0-9._-]", "_");
    }

    private static String netbios(String instance) {
        String name = instance.toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9-]", "-");
        return name.substring(0, Math.min(15, name.length()));
    }

    private record Reader(Map<String, String> values, List<Problem> problems) {

        void problem(String what, String fix) {
            problems.add(new Problem(what, fix));
        }

        Optional<String> value(String name) {
            return Optional.ofNullable(values.get(name)).map(String::strip).filter(text -> !text.isEmpty());
        }

        String line(String name) {
            String text = value(name).orElse("");
            if (NOT_IN_A_LINE.matcher(text).find()) {
                problem(name + " holds a control character, a quote, a backslash or a percent sign", "leave it out");
            }
            return text;
        }

        String matching(String name, Pattern pattern, String allowed) {
            String text = value(name).orElse("");
            if (!pattern.matcher(text).matches()) {
                problem(name + ": '" + text + "' is not allowed", "use " + allowed);
            }
            return text;
        }

        Path folder(String name, Optional<Path> otherwise) {
            Optional<String> text = value(name);
            if (text.isEmpty() && otherwise.isPresent()) {
                return otherwise.get();
            }
            String given = line(name);
            if (!given.startsWith("/")) {
                problem(name + ": '" + given + "' is not an absolute path", "begin it with /");
                return Path.of("/nonexistent");
            }
            return Path.of(given).normalize();
        }

        boolean truth(String name) {
            return List.of("true", "yes", "on", "1")
                    .contains(value(name).orElse("").toLowerCase(Locale.ROOT));
        }

        List<String> users() {
            List<String> users = Arrays.stream(value("users").orElse("").split("[,\\s]+"))
                    .filter(user -> !user.isEmpty())
                    .distinct()
                    .toList();
            users.stream()
                    .filter(user -> !USER.matcher(user).matches())
                    .forEach(user ->
                            problem("users: '" + user + "' is not a user name", "use names of accounts of the nodes"));
            return users;
        }

        ServiceAddress address() {
            String text = value("address").orElse("");
            Optional<ServiceAddress> address = ServiceAddress.parse(text);
            if (address.isEmpty()) {
                problem(
                        "address: '" + text + "' is not an IPv4 address with prefix length",
                        "write it like 10.77.0.100/24");
            }
            return address.orElse(ServiceAddress.NONE);
        }

        int port() {
            String text = value("port").orElse("");
            try {
                int port = Integer.parseInt(text);
                if (port > 0 && port < 65536) {
                    return port;
                }
            } catch (NumberFormatException e) {
                // told below
            }
            problem("port: '" + text + "' is not a port", "use 1 to 65535");
            return 445;
        }
    }
}
