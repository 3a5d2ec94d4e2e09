package io.holdfast.cifs.internal;

import io.holdfast.api.resource.Command;
import io.holdfast.api.resource.CommandResult;
import io.holdfast.api.resource.ResourceContext;
import io.holdfast.api.resource.ResourceException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The shared volume, as the server needs it.
 *
 * <p>Nothing here is written by Java code. A daemon that stands still between looking at its lease and writing could go on seconds
 * later, when another node serves the volume. Commands run in the instance's own cgroup, and that is closed by the guard when the lease
 * is over.
 */
final class Volume {
    private static final int MISSING = 10;
    private static final int ANOTHER = 11;
    private static final int FOREIGN = 12;

    /** Arguments: folder of the server, share, the volume's identity if known, name of the instance. Prints the identity. */
    private static final String MARK = """
            set -eu
            umask 077
            state=$1 share=$2 expected=$3 name=$4
            [ -d "$share" ] || exit 10
            found=$(cat "$state/volume" 2>/dev/null || true)
            [ -z "$expected" ] || [ "$found" = "$expected" ] || exit 11
            mkdir -p "$state/private" "$state/state"
            own() { [ ! -L "$1" ] && [ -O "$1" ] || exit 12; }
            case "$state" in */.holdfast/*) own "${state%/*}" ;; esac
            own "$state"
            if [ -z "$found" ]; then
                found=$(cat /proc/sys/kernel/random/uuid)
                echo "$found" >"$state/volume.new"
                sync "$state/volume.new"
                mv -T "$state/volume.new" "$state/volume"
            fi
            text="holdfast $name $found"
            if [ "$(cat "$share/.holdfast-marker" 2>/dev/null || true)" != "$text" ]; then
                echo "$text" >"$state/marker.new"
                chmod 444 "$state/marker.new"
                mv -T "$state/marker.new" "$share/.holdfast-marker"
            fi
            echo "$found"
            """;

    /**
     * More arguments: address with prefix length, interface or "". The databases in the lock folder name processes of the run that made them,
     * perhaps on another node; Samba itself empties them only if no lock of the former run is left in the file system.
     */
    private static final String PREPARE = MARK + """
            rm -rf "$state/lock"
            mkdir "$state/lock"
            [ -z "$6" ] || ip -4 addr add "$5" dev "$6" 2>/dev/null || ip -o -4 addr show dev "$6" to "${5%/*}/32" | grep -q .
            """;

    private Volume() {}

    /**
     * Makes the volume ready for a new run of the server and brings the address up, in one command: takeover is no time for forks.
     *
     * @return the identity of the volume
     */
    static String prepare(ResourceContext context, ShareSettings settings, String interfaceName)
            throws ResourceException, InterruptedException {
        return run(context, settings, PREPARE, List.of(settings.address().cidr(), interfaceName));
    }

    /** Writes the marker file again if it is not there. {@return the identity of the volume} */
    static String mark(ResourceContext context, ShareSettings settings) throws ResourceException, InterruptedException {
        return run(context, settings, MARK, List.of());
    }

    private static String run(ResourceContext context, ShareSettings settings, String script, List<String> more)
            throws ResourceException, InterruptedException {
        List<String> argv = new ArrayList<>(List.of(
                "sh",
                "-c",
                script,
                "prepare-share",
                settings.state().toString(),
                settings.path().toString(),
                expected(context, settings),
                context.name()));
        argv.addAll(more);
        CommandResult result = context.run(new Command(argv, Map.of(), ""));
        String identity = result.output().strip();
        return switch (result.status()) {
            case 0 -> {
                context.note("volume", identity + " " + settings.state());
                yield identity;
            }
            case MISSING ->
                throw new ResourceException("path: " + settings.path() + " is not a folder on " + context.node()
                        + "; mount the volume or create it");
            case ANOTHER -> throw new ResourceException(notShared(context, settings));
            case FOREIGN ->
                throw new ResourceException(
                        "state: " + settings.state()
                                + " or the folder above it does not belong to the user of this node; remove it or name another",
                        true);
            default ->
                throw new ResourceException("cannot prepare " + settings.path() + " and "
                        + settings.address().cidr() + " on " + more + ": "
                        + result.errors().strip());
        };
    }

    /** {@return the identity of the volume that the last node served, or "" if nobody served it yet} */
    static String expected(ResourceContext context, ShareSettings settings) {
        String suffix = " " + settings.state();
        return context.note("volume")
                .filter(note -> note.endsWith(suffix)) // another path is another volume
                .map(note -> note.substring(0, note.length() - suffix.length()))
                .orElse("");
    }

    static String notShared(ResourceContext context, ShareSettings settings) {
        return "path: " + settings.path() + " on " + context.node() + " is not the volume that was served before ("
                + settings.state() + "/volume differs): it is not shared, or not mounted here; mount it on every node";
    }

    /** {@return what the marker file holds} */
    static String marker(ResourceContext context, String identity) {
        return "holdfast " + context.name() + " " + identity;
    }
}
