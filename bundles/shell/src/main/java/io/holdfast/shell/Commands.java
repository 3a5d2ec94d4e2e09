package io.holdfast.shell;

import io.holdfast.api.cluster.ClusterException;
import io.holdfast.api.cluster.PacemakerFiles;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToIntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All commands: what each is called, takes and does. */
public final class Commands {
    private static final Logger log = LoggerFactory.getLogger(Commands.class);

    /** What a word of a command names, for completion. */
    public enum Names {
        /** A resource or group. */
        RESOURCE,
        /** A node. */
        NODE,
        /** Either. */
        RESOURCE_OR_NODE,
        /** A file. */
        FILE,
        /** {@code on} or {@code off}. */
        SWITCH,
        /** A change of voters. */
        VOTER_CHANGE,
        /** The name of a command. */
        COMMAND,
        /** A layer that can be replaced. */
        LAYER,
        /** A deployed bundle. */
        DEPLOYMENT,
        /** Anything else. */
        OTHER
    }

    /**
     * A command.
     *
     * @param name its name
     * @param usage what it takes
     * @param does one sentence
     * @param least the fewest words after its name
     * @param most the most words
     * @param options the options it knows beside {@code --json}, {@code --wait} and {@code --help}
     * @param names what its words name
     */
    public record Command(
            String name, String usage, String does, int least, int most, Set<String> options, List<Names> names) {

        /** {@return the whole line} */
        String line() {
            return usage.isEmpty() ? "ha " + name : "ha " + name + " " + usage;
        }
    }

    private final Services services;
    private final Map<String, Command> commands = new LinkedHashMap<>();
    private final Map<String, ToIntFunction<Call>> bodies = new LinkedHashMap<>();

    /** Creates them over what is there of the cluster at the time of each call. */
    public Commands(Services services) {
        this.services = services;
        Names resource = Names.RESOURCE;
        Names node = Names.NODE;
        add("status", "", "Shows nodes, resources, quorum, what is wrong and what to do.", 0, 0, Looking::status);
        add(
                "apply",
                "FILE",
                "Applies a cluster document, all or nothing ('-' reads standard input).",
                1,
                1,
                call -> call.done(
                        call.control().apply(call.read(call.word(0)), call.word(0), who(call), limit(call)), true),
                Names.FILE);
        add("export", "", "Prints the cluster document as it was applied last.", 0, 0, Looking::export);
        add(
                "diff",
                "FILE",
                "Shows what 'apply' of this file would change.",
                1,
                1,
                call -> call.done(call.control().diff(call.read(call.word(0)), call.word(0)), false),
                Names.FILE);
        add(
                "explain",
                "RESOURCE [--at REVISION]",
                "Tells why a resource is where it is, and what spoke against the other nodes; with --at, how it would be under an earlier document.",
                1,
                1,
                Commands::explainResource,
                resource);
        options("explain", "--at");
        add(
                "events",
                "[--since REVISION] [--follow]",
                "Prints what happened, one line an event, oldest first.",
                0,
                0,
                Looking::events);
        options("events", "--since", "--follow");
        add(
                "move",
                "RESOURCE NODE [--wait [DURATION]]",
                "Moves a resource and keeps it there; with --wait, returns when it is active there.",
                2,
                2,
                call -> call.done(
                        call.control()
                                .move(call.word(0), call.word(1), call.words.has("--wait"), who(call), limit(call)),
                        true),
                resource,
                node);
        add(
                "unmove",
                "RESOURCE",
                "Ends what 'move' said: the resource is placed freely again.",
                1,
                1,
                call -> call.done(call.control().unmove(call.word(0), who(call), limit(call)), true),
                resource);
        add(
                "start",
                "RESOURCE",
                "Lets a resource or group run.",
                1,
                1,
                call -> call.done(call.control().start(call.word(0), who(call), limit(call)), true),
                resource);
        add(
                "stop",
                "RESOURCE",
                "Stops a resource or group and keeps it stopped.",
                1,
                1,
                call -> call.done(call.control().stop(call.word(0), who(call), limit(call)), true),
                resource);
        add(
                "retry",
                "RESOURCE",
                "Forgets the failures of a resource, so that it is tried again at once.",
                1,
                1,
                call -> call.done(call.control().retry(call.word(0), who(call), limit(call)), true),
                resource);
        add(
                "standby",
                "NODE",
                "Moves everything away from a node and keeps it empty.",
                1,
                1,
                call -> call.done(call.control().standby(call.word(0), who(call), limit(call)), true),
                node);
        add(
                "online",
                "NODE",
                "Lets a node run resources again.",
                1,
                1,
                call -> call.done(call.control().online(call.word(0), who(call), limit(call)), true),
                node);
        add(
                "maintenance",
                "on|off [RESOURCE|NODE]",
                "Leaves a resource, a node or everything alone: nothing is started, stopped or monitored.",
                1,
                2,
                Commands::maintenance,
                Names.SWITCH,
                Names.RESOURCE_OR_NODE);
        add(
                "fence",
                "NODE",
                "Fences a node by its devices, or expels it and waits its lease out.",
                1,
                1,
                call -> call.done(call.control().fence(call.word(0), who(call), limit(call)), true),
                node);
        add(
                "confirm-fenced",
                "NODE",
                "Your word that a node is off or runs nothing: what it ran starts elsewhere at once. Of two voters without a"
                        + " witness, the one that is left then goes on alone.",
                1,
                1,
                call -> call.done(call.control().confirmFenced(call.word(0), who(call), limit(call)), true),
                node);
        add(
                "fence-types",
                "",
                "Lists the kinds of fence device of this node: every fence agent found, and what bundles offer.",
                0,
                0,
                FenceTypesView::all);
        add(
                "fence-type",
                "NAME",
                "Shows the parameters of a kind of fence device.",
                1,
                1,
                FenceTypesView::one,
                Names.OTHER);
        add(
                "simulate",
                "[--cib FILE [--time TIME] [--explain RESOURCE]] [--fail NODE]... [--apply FILE]",
                "Tells what would happen, with reasons; changes nothing. With --cib, what Pacemaker would do with that CIB; that needs no node.",
                0,
                0,
                Commands::simulate);
        options("simulate", "--fail", "--apply", "--cib", "--time", "--explain");
        add(
                "import-cib",
                "FILE",
                "Writes a Pacemaker CIB as a cluster document, and on standard error what that cannot say. Needs no node.",
                1,
                1,
                Commands::importCib,
                Names.FILE);
        add("attributes", "[NODE]", "Shows what the nodes tell of themselves.", 0, 1, Looking::attributes, node);
        add(
                "attribute",
                "NODE KEY [VALUE]",
                "Sets an attribute that constraints may ask for; without a value, removes it.",
                2,
                3,
                call -> call.done(
                        call.control()
                                .attribute(
                                        call.word(0),
                                        call.word(1),
                                        call.count() > 2 ? call.word(2) : "",
                                        who(call),
                                        limit(call)),
                        true),
                node,
                Names.OTHER,
                Names.OTHER);
        add(
                "upgrade-level",
                "",
                "Lets the cluster use what this version brought, once all nodes have it; there is no way back.",
                0,
                0,
                call -> call.done(call.control().upgradeLevel(who(call), limit(call)), true));
        add(
                "voter",
                "add NAME=ADDRESS[:PORT] | remove NAME | replace NAME",
                "Changes who votes, one at a time.",
                2,
                2,
                Commands::voter,
                Names.VOTER_CHANGE,
                node);
        add(
                "hold",
                "DURATION",
                "Holds this node's lease for a planned interruption of at most this long.",
                1,
                1,
                call -> call.done(call.control().hold(Durations.parse("DURATION", call.word(0)), limit(call)), true),
                Names.OTHER);
        add(
                "release",
                "",
                "Ends a hold.",
                0,
                0,
                call -> call.done(call.control().release(limit(call)), true));
        add(
                "swap",
                "LAYER [FILE|mvn:GROUP/ARTIFACT/VERSION] [--dry-run] [--rolling]",
                "Replaces a layer of this node, or with --rolling of each, and stops nothing; takes it back if that fails.",
                1,
                2,
                Swap::run,
                Names.LAYER,
                Names.FILE);
        options("swap", "--dry-run", "--rolling");
        add(
                "joined",
                "",
                "Waits until this node has joined the cluster, or says why it has not.",
                0,
                0,
                Looking::joined);
        add(
                "deploy",
                "FILE|mvn:GROUP/ARTIFACT/VERSION|feature:NAME",
                "Puts a bundle, KAR or feature on all nodes: one tries it first, then all; if it fails anywhere, it is taken back everywhere.",
                1,
                1,
                Deploying::deploy,
                Names.FILE);
        add("deployments", "", "Shows what is deployed, and how far on each node.", 0, 0, Deploying::show);
        add(
                "undeploy",
                "NAME",
                "Takes what was deployed from all nodes, unless the cluster document uses its types.",
                1,
                1,
                call -> call.done(call.deployments().undeploy(call.word(0), who(call), limit(call)), true),
                Names.DEPLOYMENT);
        add(
                "leave",
                "",
                "Moves everything away from this node and leaves the cluster cleanly.",
                0,
                0,
                call -> call.done(call.control().leave(limit(call)), true));
        add("help", "[COMMAND]", "Shows the commands, or one of them.", 0, 1, this::help, Names.COMMAND);
    }

    private void add(
            String name, String usage, String does, int least, int most, ToIntFunction<Call> body, Names... names) {
        commands.put(name, new Command(name, usage, does, least, most, Set.of(), List.of(names)));
        bodies.put(name, body);
    }

    private void options(String name, String... options) {
        commands.computeIfPresent(
                name,
                (key, c) -> new Command(name, c.usage(), c.does(), c.least(), c.most(), Set.of(options), c.names()));
    }

    /** {@return all commands, in the order of help} */
    public List<Command> all() {
        return List.copyOf(commands.values());
    }

    /**
     * Runs a command and waits for its end.
     *
     * @param words the command and its words
     * @return the exit code
     */
    public int run(List<String> words, Io io) {
        Command command = null;
        try {
            Words parsed = Words.parse(words);
            if (parsed.plain().isEmpty()) {
                return parsed.has("--help") ? overview(io) : usage(io, "which command?", null);
            }
            command = commands.get(parsed.plain().get(0));
            if (command == null) {
                return usage(
                        io,
                        "there is no command " + parsed.plain().get(0)
                                + guess(parsed.plain().get(0)),
                        null);
            }
            if (parsed.has("--help")) {
                return explain(command, io);
            }
            check(command, parsed);
            ToIntFunction<Call> body = bodies.get(command.name());
            return body == null ? Exit.USAGE : body.applyAsInt(new Call(parsed, io, services));
        } catch (UsageException e) {
            return usage(io, message(e), command);
        } catch (NotReadyException e) {
            io.err().println(e.getMessage());
            return Exit.NO_DAEMON;
        } catch (ClusterException e) {
            return failed(e, command, io);
        } catch (UncheckedIOException | IllegalArgumentException e) {
            io.err().println(message(e instanceof UncheckedIOException && e.getCause() != null ? e.getCause() : e));
            return Exit.REFUSED;
        } catch (RuntimeException e) {
            log.error("The command {} failed unexpectedly", words, e);
            io.err()
                    .println("This failed unexpectedly (" + e + "); log/holdfast.log has the details. "
                            + "'ha status' shows what it did, if anything.");
            return Exit.REFUSED;
        } finally {
            io.out().flush();
            io.err().flush();
        }
    }

    private static String message(Throwable failure) {
        return failure.getMessage() == null ? failure.toString() : failure.getMessage();
    }

    private static void check(Command command, Words words) {
        int count = words.plain().size() - 1;
        if (count < command.least()) {
            throw new UsageException("something is missing");
        }
        if (count > command.most()) {
            throw new UsageException("'" + words.plain().get(command.most() + 1) + "' is too much");
        }
        for (String option : words.options().keySet()) {
            if (!command.options().contains(option)
                    && !Set.of("--json", "--wait").contains(option)) {
                throw new UsageException(command.name() + " has no option " + option);
            }
        }
        words.limit();
    }

    private static int failed(ClusterException e, @org.jspecify.annotations.Nullable Command command, Io io) {
        io.err().println(message(e));
        boolean looks = command == null || READING.contains(command.name());
        return switch (e.kind()) {
            case REFUSED -> Exit.REFUSED;
            case NO_QUORUM -> {
                if (!looks && !message(e).contains("will not be")) {
                    io.err().println("It was not carried out and will not be.");
                }
                yield Exit.NO_ANSWER;
            }
            case UNKNOWN_OUTCOME -> {
                if (!looks && !message(e).contains("may still")) {
                    io.err()
                            .println(
                                    "It may still take effect: look at 'ha status' and 'ha events' before you repeat it.");
                }
                yield Exit.NO_ANSWER;
            }
        };
    }

    private static final Set<String> READING = Set.of(
            "status",
            "export",
            "diff",
            "explain",
            "events",
            "simulate",
            "import-cib",
            "attributes",
            "joined",
            "deployments",
            "fence-types",
            "fence-type",
            "help");

    private static int usage(Io io, String why, @org.jspecify.annotations.Nullable Command command) {
        io.err().println("ha: " + why);
        io.err()
                .println(
                        command == null
                                ? "usage: ha [--base DIR] [--json] [--wait DURATION] COMMAND; 'ha help' lists the commands"
                                : "usage: " + command.line());
        return Exit.USAGE;
    }

    private String guess(String word) {
        return commands.keySet().stream()
                .filter(name -> name.startsWith(word) || (word.length() > 2 && name.contains(word)))
                .findFirst()
                .map(name -> "; did you mean " + name + "?")
                .orElse("");
    }

    private int help(Call call) {
        if (call.count() == 0) {
            return overview(call.io);
        }
        Command command = commands.get(call.word(0));
        if (command == null) {
            throw new UsageException("there is no command " + call.word(0) + guess(call.word(0)));
        }
        return explain(command, call.io);
    }

    private static int explain(Command command, Io io) {
        io.out().println("usage: " + command.line());
        io.out().println(command.does());
        return Exit.DONE;
    }

    private int overview(Io io) {
        io.out().println("usage: ha [--base DIR] [--json] [--wait DURATION] COMMAND");
        io.out().println();
        Table table = new Table(io.colour(), io.width(), "COMMAND", "DOES");
        for (Command command : commands.values()) {
            String usage = command.usage().length() > 24 ? "..." : command.usage(); // the column shall stay narrow
            table.row(Table.Cell.of((command.name() + " " + usage).strip()), Table.Cell.of(command.does()));
        }
        io.out().print(table.text());
        io.out().println();
        io.out()
                .println(
                        "--wait says how long to wait, 30s unless given (500ms, 30s, 5m, 1h); --json prints for programs.");
        io.out().println("Exit codes: 0 done; 1 refused or failed; 2 wrong usage; 3 no daemon answers;");
        io.out()
                .println(
                        "4 no quorum or no answer in time, and then the message says whether it may still take effect.");
        return Exit.DONE;
    }

    // ---- bodies that are more than one call ----

    private static int maintenance(Call call) {
        boolean on = call.word(0).equals("on");
        if (!on && !call.word(0).equals("off")) {
            throw new UsageException("'" + call.word(0) + "' is neither on nor off");
        }
        Optional<String> target = call.count() > 1 ? Optional.of(call.word(1)) : Optional.empty();
        return call.done(call.control().maintenance(on, target, who(call), limit(call)), true);
    }

    private static int explainResource(Call call) {
        Optional<String> revision = call.words.value("--at");
        if (revision.isEmpty()) {
            return call.done(call.control().explain(call.word(0)), false);
        }
        if (!revision.get().matches("\\d{1,18}")) {
            throw new UsageException("--at is " + revision.get() + ", expected the number of a revision");
        }
        return call.done(call.control().explain(call.word(0), Long.parseLong(revision.get())), false);
    }

    private static int simulate(Call call) {
        Optional<String> cib = call.words.value("--cib");
        if (cib.isPresent()) {
            PacemakerFiles files = call.pacemakerFiles();
            PacemakerFiles.Case asked = new PacemakerFiles.Case(
                    call.read(cib.get()),
                    call.words.value("--time"),
                    call.words.value("--apply").map(call::read),
                    call.words.values("--fail"));
            Optional<String> resource = call.words.value("--explain");
            call.io
                    .out()
                    .print(
                            resource.isPresent()
                                    ? files.explain(asked, resource.get())
                                    : files.simulate(asked, call.words.has("--json")));
            return Exit.DONE;
        }
        Optional<String> document = call.words.value("--apply").map(call::read);
        return call.done(call.control().simulate(call.words.values("--fail"), document), false);
    }

    private static int importCib(Call call) {
        PacemakerFiles.Converted converted = call.pacemakerFiles().convert(call.read(call.word(0)));
        call.io.out().print(converted.document());
        converted.left().forEach(line -> call.io.err().println("not carried over: " + line));
        return Exit.DONE;
    }

    private static int voter(Call call) {
        String change = call.word(0);
        if (!Set.of("add", "remove", "replace").contains(change)) {
            throw new UsageException("'" + change + "' is none of add, remove, replace");
        }
        if (change.equals("add") != call.word(1).contains("=")) {
            throw new UsageException(
                    change.equals("add") ? "add needs NAME=ADDRESS[:PORT]" : change + " takes a name only");
        }
        return call.done(call.control().voter(call.rest(0), who(call), limit(call)), true);
    }

    private static String who(Call call) {
        return call.io.who();
    }

    private static Duration limit(Call call) {
        return call.limit();
    }
}
