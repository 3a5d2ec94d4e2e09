package io.holdfast.planner.engine;

import io.holdfast.planner.cluster.Node;
import io.holdfast.planner.cluster.Node.Answer;
import io.holdfast.planner.cluster.Node.Joining;

/** Says which nodes are there, and which must be fenced. */
final class SiteStatus {
    private final World world;

    SiteStatus(World world) {
        this.world = world;
    }

    void apply() {
        for (Site site : world.sites) {
            Node.Sight sight = site.node.sight();
            if (!sight.seen()) {
                neverSeen(site);
                continue;
            }
            String shutdown = site.node.attributes().getOrDefault("shutdown", "0");
            site.shutdown = !shutdown.equals("0") && !shutdown.isEmpty() && !shutdown.equals("false");
            site.online = world.fencing ? withFencing(site, sight) : withoutFencing(site, sight);
            if (site.online && sight.panic() && world.noQuorum == World.NoQuorum.FENCE) {
                site.fence("the cluster does not have quorum");
            }
        }
    }

    private void neverSeen(Site site) {
        if (world.settings.flag("startup-fencing", true)) {
            site.fence("it was never seen");
        } else {
            site.unseen = true;
        }
    }

    private static boolean withoutFencing(Site site, Node.Sight sight) {
        if (sight.member() != Answer.YES) {
            return false;
        } else if (sight.process() == Answer.YES) {
            return sight.joining() == Joining.MEMBER;
        } else if (sight.expectedUp() == Answer.YES) {
            site.fence("its process is down unexpectedly");
        }
        return false;
    }

    private static boolean withFencing(Site site, Node.Sight sight) {
        boolean process = sight.process() == Answer.YES;
        boolean terminate = site.truth("terminate")
                || (!site.node.attributes().getOrDefault("terminate", "0").equals("0")
                        && site.node
                                .attributes()
                                .getOrDefault("terminate", "")
                                .chars()
                                .allMatch(Character::isDigit));
        if (site.shutdown) {
            return process;
        } else if (sight.member() == Answer.UNKNOWN) {
            site.fence("it was not seen by the cluster");
        } else if (sight.joining() == Joining.REFUSED) {
            site.fence("it did not meet the conditions of membership");
        } else if (!terminate && sight.expectedUp() != Answer.YES) {
            if (sight.member() == Answer.YES || process) {
                site.standby = true;
                site.pending = true;
            }
        } else if (terminate && sight.joining() == Joining.DOWN && sight.member() == Answer.NO && !process) {
            return false; // it was just fenced
        } else if (sight.member() == Answer.NO) {
            site.fence("it is no longer part of the cluster");
        } else if (!process) {
            site.fence("its process is no longer there");
        } else if (terminate) {
            site.fence("its end was asked for");
        } else if (sight.joining() != Joining.MEMBER) {
            site.standby = true;
            site.pending = true;
        }
        return sight.member() == Answer.YES;
    }
}
