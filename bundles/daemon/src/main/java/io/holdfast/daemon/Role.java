package io.holdfast.daemon;

import io.holdfast.model.Grant;
import io.holdfast.model.InstanceRecord.State;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Whether one instance on this node is promoted, as far as that is known, and by which right it may be. It is promoted only under a
 * right that is held and not revoked, and the right is given back only when it is proved that the instance is promoted no more.
 */
final class Role {
    private final Reconciler here;
    private final String name;
    private Known known;
    /** A demotion did not succeed since it was promoted: another try is of no use before it is stopped. */
    private boolean stuck;

    /** What is known. */
    enum Known {
        /** Proved: it does not run, or was found unpromoted by a monitor. */
        UNPROMOTED,
        PROMOTED,
        /** It may be either: it was left by an earlier daemon, or an operation on its role did not succeed. */
        UNKNOWN
    }

    /** What is to be done about it while it runs. */
    enum Next {
        NOTHING,
        PROMOTE,
        DEMOTE
    }

    Role(Reconciler here, String name, Known known) {
        this.here = here;
        this.name = name;
        this.known = known;
    }

    void is(Known now) {
        boolean news = now == Known.UNPROMOTED && known != now;
        known = now;
        stuck &= now != Known.UNPROMOTED;
        if (news) {
            here.wakeCopies(name); // another may have waited for that before it gave the right back
        }
    }

    /** A demotion did not succeed. */
    void stuck() {
        known = Known.UNKNOWN;
        stuck = true;
    }

    /** Whether it has to be demoted before it is stopped. */
    boolean demoteFirst() {
        return known != Known.UNPROMOTED && !stuck;
    }

    boolean promoted() {
        return known == Known.PROMOTED;
    }

    boolean provedUnpromoted() {
        return known == Known.UNPROMOTED;
    }

    /** The right by which it is, or is to be, promoted; also one that is revoked. */
    private Optional<Grant> right() {
        return here.right(name);
    }

    private boolean mayBe() {
        return right().filter(right -> !right.revoked()).isPresent() && here.member();
    }

    /** {@return whether the right is to be given back as soon as it can be} */
    boolean toGiveBack() {
        return right().filter(Grant::revoked).isPresent();
    }

    /** The token of the right, for the operations. */
    OptionalLong token() {
        return right().map(right -> OptionalLong.of(right.token())).orElse(OptionalLong.empty());
    }

    Next next() {
        return switch (known) {
            case UNPROMOTED -> mayBe() && here.lease().active() ? Next.PROMOTE : Next.NOTHING;
            case PROMOTED -> mayBe() ? Next.NOTHING : Next.DEMOTE;
            case UNKNOWN -> Next.DEMOTE;
        };
    }

    /**
     * Gives a right back that was revoked, once it is proved that nothing is promoted by it.
     *
     * @return whether there is a right that has to go before the instance's own grant can
     */
    boolean giveBack() {
        Optional<Grant> right = right();
        right.filter(held -> held.revoked() && here.nonePromoted(name)).ifPresent(here::release);
        return right.isPresent();
    }

    /** Makes the ledger say how it stands with the right. */
    void news(boolean serves, String trouble) {
        Optional<Grant> right = right().filter(held -> !held.revoked());
        if (right.isEmpty() || (serves && !here.lease().active())) {
            return;
        }
        if (serves && known == Known.PROMOTED) {
            here.report(right.get(), State.ACTIVE, "");
        } else {
            here.correct(right.get(), State.STARTING, trouble);
        }
    }
}
