package io.holdfast.membership;

import io.holdfast.api.cluster.FenceDeviceStatus;
import io.holdfast.api.cluster.NodeStatus;
import io.holdfast.api.cluster.ResourceStatus;
import io.holdfast.model.NodeRecord;
import io.holdfast.model.NodeRecord.Phase;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** What is wrong and what to do, one sentence each, the worst first. */
final class Problems {
    private final Picture picture;
    private final List<NodeStatus> nodes;
    private final List<ResourceStatus> resources;
    private final List<FenceDeviceStatus> fencing;
    private final List<String> found = new ArrayList<>();

    Problems(Picture picture, List<NodeStatus> nodes, List<ResourceStatus> resources, List<FenceDeviceStatus> fencing) {
        this.picture = picture;
        this.nodes = nodes;
        this.resources = resources;
        this.fencing = fencing;
    }

    List<String> all() {
        found.addAll(refusals(picture));
        quorum();
        ledger();
        lost();
        blockedAndFailed();
        devices();
        standing();
        stalls();
        guards();
        versions();
        wishes();
        return List.copyOf(found);
    }

    /** {@return who refuses this node and what to do, a sentence for each reason} */
    static List<String> refusals(Picture picture) {
        Map<String, List<String>> byReason = picture.refusals().entrySet().stream()
                .collect(Collectors.groupingBy(
                        Map.Entry::getValue, TreeMap::new, Collectors.mapping(Map.Entry::getKey, Collectors.toList())));
        return byReason.entrySet().stream()
                .map(entry -> listed(entry.getValue()) + (entry.getValue().size() > 1 ? " refuse " : " refuses ")
                        + picture.self() + ": " + entry.getKey() + " in etc/holdfast.cfg, then restart it")
                .toList();
    }

    private void quorum() {
        if (picture.quorum()) {
            return;
        }
        List<String> voters = picture.voting();
        List<String> missing = voters.stream()
                .filter(voter -> !picture.fresh().contains(voter))
                .filter(voter -> !picture.refusals().containsKey(voter))
                .toList();
        List<String> refusing =
                voters.stream().filter(picture.refusals()::containsKey).toList();
        found.add("No quorum: no majority of the voters " + listed(voters)
                + " answers here, so nothing is started or moved; "
                + (!refusing.isEmpty() && missing.isEmpty()
                        ? listed(refusing) + (refusing.size() > 1 ? " refuse" : " refuses") + " this node, see above"
                        : missing.isEmpty()
                                ? "they see each other and elect a leader in a moment, or look into their logs"
                                : "start " + listed(missing) + " ('bin/holdfast start') or mend the network to them"));
    }

    private void ledger() {
        if (!picture.health().well()) {
            found.add("The ledger of " + picture.self() + " takes no part: "
                    + picture.health().problem() + "; " + picture.health().remedy());
        }
        picture.attributes().forEach((node, told) -> {
            String problem = told.getOrDefault("ledger", "");
            if (!problem.isEmpty()
                    && !node.equals(picture.self())
                    && picture.fresh().contains(node)) {
                found.add("The ledger of " + node + " takes no part: " + problem);
            }
        });
    }

    private void lost() {
        for (NodeStatus node : nodes) {
            NodeRecord record = picture.state().nodes().get(node.name());
            if (record != null && record.phase() == Phase.EXPELLED) {
                Optional<String> unproved = picture.state().leaseProvesNothing(record);
                found.add(node.name() + " is expelled and not fenced yet, so what it ran cannot move: "
                        + (unproved.isEmpty() || hasDevice(node.name())
                                ? "this ends by itself once its lease is over or its device confirms"
                                : "nothing but a person can confirm that it is off, because " + unproved.get())
                        + "; when it is certainly off, 'ha confirm-fenced " + node.name() + "' ends it now");
            } else if (node.state().equals("lost")) {
                found.add(node.name()
                        + " is silent: its resources move once its lease is over; look at the machine and its network");
            } else if (node.state().equals("fenced")) {
                found.add(node.name()
                        + " is fenced and has not come back; start it with 'bin/holdfast start' when it is mended");
            } else if (node.state().equals("offline") && node.voter()) {
                found.add(node.name() + " votes and is not running; start it with 'bin/holdfast start'");
            }
        }
        found.addAll(picture.fencing());
    }

    private boolean hasDevice(String node) {
        return picture.state().configuration().fencing().stream().anyMatch(setting -> setting.cuts(node));
    }

    private void blockedAndFailed() {
        for (ResourceStatus resource : resources) {
            if (resource.state().equals("blocked")) {
                found.add(resource.name() + " is blocked on " + resource.node() + ": " + resource.reason()
                        + "; stop it there by hand, or 'ha fence " + resource.node() + "'");
            } else if (resource.state().equals("failed")) {
                found.add(resource.name() + " failed: " + resource.reason() + "; 'ha retry " + resource.name()
                        + "' tries it again at once");
            } else if (resource.failures() > 0) {
                found.add(resource.name() + " failed " + resource.failures()
                        + (resource.failures() == 1 ? " time" : " times") + " lately"
                        + (resource.retryAt().isEmpty()
                                ? ""
                                : ", where it failed it will retry at " + resource.retryAt())
                        + "; 'ha explain " + resource.name() + "' says more, 'ha retry " + resource.name()
                        + "' forgets it");
            }
        }
    }

    private void devices() {
        fencing.stream()
                .map(FenceView::problem)
                .filter(problem -> !problem.isEmpty())
                .forEach(found::add);
    }

    private void standing() {
        if (!picture.standing().isEmpty()) {
            found.add(picture.standing());
        }
        picture.attributes().forEach((node, told) -> {
            String why = told.getOrDefault("standing", "");
            if (!why.isEmpty()
                    && !node.equals(picture.self())
                    && picture.fresh().contains(node)) {
                found.add(why);
            }
        });
    }

    private void stalls() {
        picture.attributes().forEach((node, told) -> {
            String stalled = told.getOrDefault(StallNotes.KEY, "");
            if (!stalled.isEmpty() && picture.fresh().contains(node)) {
                found.add(node + " was stalled for " + stalled
                        + ": it could neither serve nor renew its lease meanwhile; give it what it lacked, or set a longer"
                        + " 'lease' on all nodes");
            }
        });
    }

    private void guards() {
        String unarmed = named(record -> record.terms().guard().equals("process"));
        if (!unarmed.isEmpty()) {
            found.add("No watchdog is armed on " + unarmed
                    + ": daemon and guard stopped in the same instant, or a machine that freezes and thaws later, are not"
                    + " covered there; set 'watchdog' in etc/holdfast.cfg, add a fence device, or accept it");
        }
        String without = named(record -> record.terms().guard().equals("none"));
        if (!without.isEmpty()) {
            found.add(
                    "No guard on " + without
                            + ": nothing stops resources there when the lease ends, so only a fence device or a person can free them");
        }
        String weak = named(
                record -> !record.terms().contained() && !record.terms().guard().equals("none"));
        if (!weak.isEmpty()) {
            found.add(
                    "Containment is weak on " + weak
                            + ": without cgroup v2 a process that leaves its group is not found; mount cgroup v2 and run as root");
        }
        String clock = named(record -> record.terms().weakClock() && !hasDevice(record.name()));
        if (!clock.isEmpty()) {
            found.add("The clock of " + clock
                    + " may be stopped by its hypervisor, and no fence device is configured for it: if it falls silent, only"
                    + " a person can free its resources");
        }
    }

    private String named(Predicate<NodeRecord> which) {
        return listed(picture.state().nodes().values().stream()
                .filter(NodeRecord::mayRun)
                .filter(record -> !record.terms().witness())
                .filter(which)
                .map(NodeRecord::name)
                .toList());
    }

    private void versions() {
        Map<String, List<String>> byVersion = picture.state().nodes().values().stream()
                .filter(NodeRecord::mayRun)
                .collect(Collectors.groupingBy(
                        record -> record.terms().version(),
                        TreeMap::new,
                        Collectors.mapping(NodeRecord::name, Collectors.toList())));
        if (byVersion.size() > 1) {
            found.add("Versions differ: "
                    + byVersion.entrySet().stream()
                            .map(entry -> entry.getKey() + " on " + listed(entry.getValue()))
                            .collect(Collectors.joining(", "))
                    + "; update the older nodes");
        }
        int level = picture.state().level().number();
        int possible = picture.state().nodes().values().stream()
                .filter(NodeRecord::mayRun)
                .map(record -> picture.attributes().getOrDefault(record.name(), Map.of()))
                .mapToInt(told -> Integer.parseInt(told.getOrDefault("level", "1")))
                .min()
                .orElse(level);
        if (possible > level) {
            found.add("The cluster works at functional level " + level + ", and all its nodes understand level "
                    + possible + ": 'ha upgrade-level' lets it use what the newer version brought");
        }
    }

    private void wishes() {
        if (picture.state().maintenance()) {
            found.add("Maintenance is on: nothing is started, stopped or monitored; 'ha maintenance off' ends it");
        }
        String left = listed(picture.state().nodes().values().stream()
                .filter(NodeRecord::maintenance)
                .map(NodeRecord::name)
                .toList());
        if (!left.isEmpty()) {
            found.add("Maintenance is on for " + left + "; 'ha maintenance off NODE' ends it");
        }
        resources.stream()
                .filter(resource ->
                        resource.state().equals("stopped") && resource.reason().equals("stopped by wish"))
                .forEach(resource -> found.add(
                        resource.name() + " is stopped by wish; 'ha start " + resource.name() + "' lets it run"));
    }

    static String listed(List<String> names) {
        int last = names.size() - 1;
        return last < 1
                ? String.join("", names)
                : String.join(", ", names.subList(0, last)) + " and " + names.get(last);
    }
}
