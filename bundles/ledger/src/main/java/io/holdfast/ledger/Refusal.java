package io.holdfast.ledger;

import io.holdfast.model.ledger.ReplicatedLog.Health;

/** The log of this node cannot be used; says why and what to do. */
final class Refusal extends Exception {
    private static final long serialVersionUID = 1;

    /** What may be tried without a person. */
    enum Cure {
        /** Nothing: only a person can mend it. */
        NONE,
        /** Opening it again later: nothing that was acknowledged can be lost. */
        RETRY
    }

    private final transient Health health;
    private final Cure cure;

    Refusal(Cure cure, String problem, String remedy) {
        this(cure, new Health(false, problem, remedy));
    }

    private Refusal(Cure cure, Health health) {
        super(health.problem());
        this.cure = cure;
        this.health = health;
    }

    /** What is on disk, or what the others send, is for a newer version. */
    static Refusal tooOld(String problem, String remedy) {
        return new Refusal(Cure.NONE, new Health(false, problem, remedy, true));
    }

    /** What is on disk cannot be trusted: a voter must not come back with it by itself. */
    static Refusal replace(String node, String problem) {
        return new Refusal(
                Cure.NONE, problem, "run `ha:voter replace " + node + "` on a node that is well; it gets the log anew");
    }

    Health health() {
        return health;
    }

    Cure cure() {
        return cure;
    }
}
