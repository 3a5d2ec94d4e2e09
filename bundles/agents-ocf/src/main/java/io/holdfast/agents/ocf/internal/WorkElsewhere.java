package io.holdfast.agents.ocf.internal;

import io.holdfast.api.resource.Problem;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Agents whose work is not done by processes in the instance's cell. Killing the cell stops nothing of it, the agent's own stop alone
 * does; so when the lease ends, the kill time must have room for that stop, or the lease is taken as a proof while the thing still
 * runs.
 *
 * <p>By the agent's name, whoever provides it: copies are made of what is known. What changes this node alone and harms nobody
 * elsewhere (a route, an interface, a link) is not among them, nor are agents that are taken back in another way.
 */
final class WorkElsewhere {
    private static final Pattern SPAN = Pattern.compile("(\\d{1,9}(?:\\.\\d{1,3})?)(ms|s|m|h)");
    private static final Map<String, Long> UNITS = Map.of("ms", 1L, "s", 1_000L, "m", 60_000L, "h", 3_600_000L);
    private static final Map<String, String> WHERE = new HashMap<>();

    static {
        in("a machine under libvirt or another hypervisor", "VirtualDomain", "Xen", "vmware", "ManageVE");
        in("a container with cgroups of its own", "lxc", "lxd", "docker", "docker-compose", "podman", "rkt");
        in("a unit of systemd or a daemon beside", "SAPInstance", "SAPDatabase", "Xinetd", "smb-share", "CTDB", "clvm");
        in("the lock manager", "lvmlockd", "controld");
        in("the kernel's file server", "nfsserver", "exportfs");
        in("the kernel's storage targets", "iSCSITarget", "iSCSILogicalUnit", "SCSTLun", "SCSTTarget");
        in("the kernel's storage targets", "nvmet-subsystem", "nvmet-namespace", "nvmet-port");
        in("the kernel's block devices", "LVM", "LVM-activate", "mdraid", "Raid1", "ManageRAID", "drbd", "ZFS");
        in("the kernel's block devices", "crypt", "vdo-vol", "iscsi", "EvmsSCC", "Evmsd", "ServeRAID", "ICP");
        in("reservations that the disks keep", "mpathpersist", "sg_persist", "scsi2reservation", "LinuxSCSI");
        in("the kernel's load balancer", "ldirectord");
        in("a router beside", "VIPArip");
        in("the cloud", "awseip", "awsvip", "aws-vpc-move-ip", "aws-vpc-route53", "aliyun-vpc-move-ip", "ocivip");
        in("the cloud", "gcp-vpc-move-ip", "gcp-vpc-move-route", "gcp-vpc-move-vip", "gcp-pd-move");
        in("the cloud", "openstack-cinder-volume", "openstack-floating-ip", "openstack-virtual-ip");
    }

    private WorkElsewhere() {}

    private static void in(String where, String... agents) {
        for (String agent : agents) {
            WHERE.put(agent, where);
        }
    }

    /** {@return what is wrong with a kill time of {@code kill} for an agent whose stop may take {@code stop}} */
    static Optional<Problem> problem(AgentFile agent, Duration stop, Duration kill) {
        String where = WHERE.get(agent.agent());
        Duration needed = ReleaseCommands.needed(stop);
        if (where == null || kill.compareTo(needed) >= 0) {
            return Optional.empty();
        }
        return Optional.of(new Problem(
                "what " + agent.type() + " starts runs outside its cell (" + where
                        + "), so at the end of a lease only its stop ends"
                        + " it, which may take " + needed.toSeconds() + " s, but the kill time of this node is "
                        + kill.toMillis()
                        + " ms: another node could start it while it still runs here",
                "set guard.kill = " + needed.toSeconds()
                        + "s or more in etc/holdfast.cfg of each node that may run it, and restart these nodes; a takeover from"
                        + " a node that died takes so much longer"));
    }

    /** {@return the kill time in a node's settings, zero if they do not say it: then it is not known} */
    static Duration killTime(Map<String, String> settings) {
        Matcher span = SPAN.matcher(settings.getOrDefault("guard.kill", "").strip());
        return span.matches()
                ? Duration.ofMillis(new BigDecimal(span.group(1))
                        .multiply(BigDecimal.valueOf(UNITS.getOrDefault(span.group(2), 0L)))
                        .longValue())
                : Duration.ZERO;
    }
}
