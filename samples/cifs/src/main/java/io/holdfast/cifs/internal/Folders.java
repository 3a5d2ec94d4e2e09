package io.holdfast.cifs.internal;

import java.nio.file.Path;

/**
 * Where the server keeps what.
 *
 * <p>On the shared volume is what makes the server the same one wherever it runs: its SID and secrets, its users, its registry. The
 * lock folder is there too, but names processes of the run that made it, so each start begins with an empty one. What belongs to a
 * node alone (process id, sockets, caches, log) is below the node's base.
 */
record Folders(Path volume, Path node, Path logs) {

    static Folders of(ShareSettings settings, Path base, String instance) {
        String name = ShareSettings.plain(instance);
        return new Folders(
                settings.state(),
                base.resolve("run").resolve("cifs").resolve(name),
                base.resolve("log").resolve("cifs-" + name));
    }

    Path privates() {
        return volume.resolve("private");
    }

    Path state() {
        return volume.resolve("state");
    }

    Path lock() {
        return volume.resolve("lock");
    }

    Path config() {
        return node.resolve("smb.conf");
    }

    Path log() {
        return logs.resolve("smbd.log");
    }

    /** {@return the longest path of a Unix socket that the server makes; the kernel allows 107 bytes} */
    int longestSocketPath() {
        int messages = lock().resolve("msg.sock/4194304").toString().length();
        int calls = node.resolve("ncalrpc/np/lsarpc.samba-dcerpcd").toString().length();
        return Math.max(messages, calls);
    }
}
