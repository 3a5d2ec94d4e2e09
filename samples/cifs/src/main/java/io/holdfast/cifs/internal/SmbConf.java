package io.holdfast.cifs.internal;

/** Writes the smb.conf of one share. */
final class SmbConf {
    /** The file that the check reads; clients see it as a hidden, read-only file. */
    static final String MARKER = ".holdfast-marker";

    private SmbConf() {}

    static String text(ShareSettings settings, Runner runner, Folders folders) {
        return """
                # Written at each start; changes are lost. Change the parameters of the resource.
                [global]
                # One identity wherever it runs: name, SID, secrets and users are on the shared volume.
                netbios name = %s
                workgroup = %s
                server role = standalone server
                server string = %s
                private dir = %s
                state directory = %s
                lock directory = %s
                # Of this node alone.
                pid directory = %s
                cache directory = %s
                ncalrpc dir = %s
                log file = %s
                max log size = 5000
                # Only the service address, and a loopback address of its own.
                interfaces = %s
                bind interfaces only = yes
                smb ports = %d
                server min protocol = SMB2_02
                disable netbios = yes
                # An acknowledged flush is on the disk.
                strict sync = yes
                # One server alone serves this folder. Its byte range locks stay its own: as locks of the file system those of a
                # lost node would live on for a while.
                posix locking = no
                map to guest = %s
                guest account = %s
                # Not needed, and slow to start.
                load printers = no
                printing = bsd
                printcap name = /dev/null
                disable spoolss = yes
                usershare max shares = 0
                multicast dns register = no

                [%s]
                path = %s
                comment = %s
                read only = %s
                guest ok = %s
                %sveto files = /.holdfast/
                """.formatted(
                        settings.netbiosName(),
                        settings.workgroup(),
                        settings.comment(),
                        folders.privates(),
                        folders.state(),
                        folders.lock(),
                        folders.node().resolve("pid"),
                        folders.node().resolve("cache"),
                        folders.node().resolve("ncalrpc"),
                        folders.log(),
                        interfaces(settings.address()),
                        settings.port(),
                        settings.guest() ? "Bad User" : "Never",
                        runner.guestAccount(),
                        settings.share(),
                        settings.path(),
                        settings.comment(),
                        yes(settings.readOnly()),
                        yes(settings.guest()),
                        settings.users().isEmpty() || settings.guest()
                                ? ""
                                : "valid users = " + String.join(" ", settings.users()) + "\n");
    }

    private static String interfaces(ServiceAddress address) {
        return address.moves() ? address.cidr() + " " + address.loopback() + "/8" : address.cidr();
    }

    private static String yes(boolean value) {
        return value ? "yes" : "no";
    }
}
