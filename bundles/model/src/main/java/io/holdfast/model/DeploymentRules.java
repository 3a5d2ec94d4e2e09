package io.holdfast.model;

import io.holdfast.model.DeploymentRecord.Artifact;
import io.holdfast.model.DeploymentRecord.Stage;
import io.holdfast.model.DeploymentRecord.Standing;
import io.holdfast.model.config.Resource;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.pcollections.PSortedMap;
import org.pcollections.TreePMap;

/**
 * Bundles that are to be on all nodes. A deployment advances by what nodes say of themselves, here and not in a daemon: so whichever
 * node dies in the middle, and whoever leads, it ends on all nodes or is taken back from all.
 */
final class DeploymentRules {
    /** Each is in the state for ever, and is looked at by every node. */
    private static final int MOST = 200;

    private static final int LONGEST_DETAIL = 1000;
    private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.-]{1,200}");

    private DeploymentRules() {}

    static long deploy(Draft draft, Command.Deploy deploy) {
        String what = "Deployment of " + deploy.name() + " " + deploy.version();
        if (!NAME.matcher(deploy.name()).matches()
                || !DIGEST.matcher(deploy.digest()).matches()) {
            throw new Refusal(what + " refused: '" + deploy.name() + "' is no symbolic name of a bundle, or '"
                    + deploy.digest() + "' no SHA-256 digest");
        }
        DeploymentRecord old = draft.deployments.get(deploy.name());
        if (old != null && old.underWay()) {
            throw new Refusal(what + " refused: version " + old.wanted().version()
                    + " is still on its way to all nodes ('ha deployments' shows how far); wait for it");
        }
        if (old == null && draft.deployments.size() >= MOST) {
            throw new Refusal(what + " refused: there are " + MOST + " deployments, which is the most; 'ha undeploy'"
                    + " one that is not used");
        }
        Optional<Artifact> settled = old == null ? Optional.empty() : old.settled();
        if (old != null && old.stage() == Stage.DONE && old.wanted().digest().equals(deploy.digest())) {
            return old.index(); // it is there
        }
        String first = first(draft)
                .orElseThrow(() -> new Refusal(what + " refused: no node that runs resources is here to try it"));
        PSortedMap<String, Standing> nodes = old == null ? TreePMap.empty() : old.nodes();
        draft.put(new DeploymentRecord(
                deploy.name(),
                draft.index,
                new Artifact(deploy.version(), deploy.digest(), deploy.size(), List.of()),
                settled,
                Stage.FIRST,
                first,
                draft.entry.origin(),
                deploy.who(),
                "",
                nodes));
        draft.info(
                first,
                "",
                deploy.who() + " deploys " + deploy.name() + " " + deploy.version() + " (SHA-256 "
                        + deploy.digest().substring(0, 12) + "...); " + first + " tries it first");
        return draft.index;
    }

    /** The one with the least to lose. */
    private static Optional<String> first(Draft draft) {
        return draft.nodes.values().stream()
                .filter(DeploymentRules::takesPart)
                .min(Comparator.<NodeRecord>comparingLong(node -> draft.grants.values().stream()
                                .filter(grant -> grant.node().equals(node.name()))
                                .count())
                        .thenComparing(NodeRecord::name))
                .map(NodeRecord::name);
    }

    private static boolean takesPart(NodeRecord node) {
        return node.joined() && !node.terms().witness();
    }

    static long deployed(Draft draft, Command.Deployed said) {
        String what = "Word of " + said.node() + " about deployment " + said.name();
        draft.fromItself(said.node(), what);
        draft.node(said.node(), said.incarnation(), what);
        DeploymentRecord record = draft.deployments.get(said.name());
        if (record == null || record.index() != said.index()) {
            throw new Refusal(what + " refused: it is about another deployment than the present one; look again");
        }
        Standing standing = new Standing(said.index(), said.digest(), said.well(), shortened(said.detail()));
        boolean news = !standing.equals(record.nodes().get(said.node()));
        record = record.heard(said.node(), standing);
        if (!said.digest().equals(record.wanted().digest()) || record.stage() == Stage.ROLLED_BACK) {
            draft.put(record);
            return draft.index;
        }
        if (!said.well()) {
            draft.put(record);
            String why = "on " + said.node() + ": " + standing.detail();
            if (record.underWay()) {
                rollBack(draft, record, why);
            } else if (news) {
                draft.warn(
                        said.node(), "", record.name() + " " + record.wanted().version() + " is not well " + why);
            }
            return draft.index;
        }
        TreeSet<String> types = new TreeSet<>(record.wanted().types());
        types.addAll(said.types());
        record = record.offering(List.copyOf(types));
        if (record.stage() == Stage.FIRST && record.first().equals(said.node())) {
            record = record.at(Stage.ALL);
            draft.info(
                    said.node(),
                    "",
                    record.name() + " " + record.wanted().version() + " is well on " + said.node()
                            + (types.isEmpty() ? "" : " and offers " + Draft.listed(types))
                            + "; now on all others");
        }
        draft.put(record);
        finish(draft, record);
        return draft.index;
    }

    private static String shortened(String detail) {
        return detail.length() <= LONGEST_DETAIL ? detail : detail.substring(0, LONGEST_DETAIL) + " ...";
    }

    /** From the leader, who waited long enough for somebody's word. */
    static long rollBack(Draft draft, Command.RollBack command) {
        DeploymentRecord record = draft.deployments.get(command.name());
        if (record == null || record.index() != command.index() || !record.underWay()) {
            throw new Refusal("Rolling back of " + command.name()
                    + " refused: that deployment is not under way any more; look again");
        }
        rollBack(draft, record, command.reason());
        return draft.index;
    }

    private static void rollBack(Draft draft, DeploymentRecord record, String why) {
        draft.put(record.rolledBack(why));
        draft.warn(
                "",
                "",
                record.name() + " " + record.wanted().version() + " is rolled back: " + why + ". "
                        + record.previous()
                                .map(before -> "All nodes go back to " + before.version())
                                .orElse("No node keeps it"));
    }

    private static void finish(Draft draft, DeploymentRecord record) {
        List<String> taking = draft.nodes.values().stream()
                .filter(DeploymentRules::takesPart)
                .map(NodeRecord::name)
                .toList();
        if (record.stage() == Stage.ALL && taking.stream().allMatch(record::wellOn)) {
            draft.put(record.at(Stage.DONE));
            draft.info(
                    "",
                    "",
                    record.name() + " " + record.wanted().version() + " is deployed: it is well on "
                            + Draft.listed(taking));
        }
    }

    static long undeploy(Draft draft, Command.Undeploy undeploy) {
        String what = "Undeploying of " + undeploy.name();
        DeploymentRecord record = draft.deployments.get(undeploy.name());
        if (record == null) {
            throw new Refusal(what + " refused: nothing of that name is deployed; there are "
                    + Draft.listed(draft.deployments.keySet()));
        }
        TreeSet<String> types = new TreeSet<>(record.wanted().types());
        record.previous().ifPresent(before -> types.addAll(before.types()));
        List<String> users = draft.configuration.resources().values().stream()
                .filter(resource -> types.stream().anyMatch(type -> offers(type, resource.type())))
                .map(Resource::name)
                .toList();
        if (!users.isEmpty()) {
            throw new Refusal(
                    what + " refused: it offers " + Draft.listed(types) + ", which the cluster document uses in "
                            + Draft.listed(users) + "; take these out of the document first");
        }
        Instances defined = Instances.of(draft);
        boolean clones =
                draft.level.number() >= Levels.PROMOTED; // a version of before takes a copy for something that went
        List<String> runs = draft.grants.keySet().stream()
                .filter(instance -> clones
                        ? defined.definition(instance).isEmpty()
                        : !draft.configuration.resources().containsKey(instance))
                .toList();
        if (!runs.isEmpty()) {
            throw new Refusal(what + " refused: " + Draft.listed(runs)
                    + " is being stopped still and may need it; try again when that is done");
        }
        draft.deployments = draft.deployments.minus(undeploy.name());
        draft.info(
                "",
                "",
                undeploy.who() + " undeploys " + record.name() + " "
                        + record.settled().orElse(record.wanted()).version() + ": it goes from all nodes");
        return draft.index;
    }

    private static boolean offers(String type, String wanted) {
        return type.endsWith(":") ? wanted.startsWith(type) : wanted.equals(type);
    }

    /** The node is expelled or left: nobody waits for its word any more, and what it tried first is not tried by the others. */
    static void gone(Draft draft, String node, String how) {
        for (DeploymentRecord record : List.copyOf(draft.deployments.values())) {
            if (record.stage() == Stage.FIRST && record.first().equals(node)) {
                rollBack(draft, record, node + " " + how + " while it tried it");
            } else if (record.stage() == Stage.ALL) {
                finish(draft, record);
            }
        }
    }
}
