package io.holdfast.model;

import java.util.List;
import java.util.Optional;
import org.pcollections.PSortedMap;

/**
 * A bundle that is to be on all nodes. Its bytes do not go through the ledger: each node fetches what it lacks from one that has it.
 *
 * @param name its symbolic name
 * @param index ledger index of the command that brought {@code wanted}; what nodes say of an earlier one is out of date
 * @param wanted what was deployed last
 * @param previous what was there before it, and is again after a rollback; empty if nothing was
 * @param stage how far it is
 * @param first the node that tries it before all others
 * @param source the node that it was given to
 * @param who gave it
 * @param reason why it was rolled back, in a sentence; empty if it was not
 * @param nodes what each node said last, by node
 */
public record DeploymentRecord(
        String name,
        long index,
        Artifact wanted,
        Optional<Artifact> previous,
        Stage stage,
        String first,
        String source,
        String who,
        String reason,
        PSortedMap<String, Standing> nodes) {

    /** How far a deployment is. */
    public enum Stage {
        /** One node tries it. */
        FIRST,
        /** It was well there; all others take it. */
        ALL,
        /** It is well on all nodes that were there. */
        DONE,
        /** It failed somewhere; everywhere is what was before. */
        ROLLED_BACK
    }

    /**
     * One build of a bundle.
     *
     * @param version its bundle version
     * @param digest SHA-256 of its bytes, 64 small hexadecimal digits; it is told apart by this alone
     * @param size bytes
     * @param types the resource types that it offers, a family as its prefix; empty before a node said so
     */
    public record Artifact(String version, String digest, long size, List<String> types) {}

    /**
     * What a node said.
     *
     * @param index the deployment that it speaks of
     * @param digest what it has or tried
     * @param well whether that is active, all of it, and its types are on offer
     * @param detail why not
     */
    public record Standing(long index, String digest, boolean well, String detail) {}

    /** {@return whether it is still on its way} */
    public boolean underWay() {
        return stage == Stage.FIRST || stage == Stage.ALL;
    }

    /** {@return what the node is to have now, empty if it is to have none} */
    public Optional<Artifact> target(String node) {
        return switch (stage) {
            case FIRST -> node.equals(first) ? Optional.of(wanted) : previous;
            case ALL, DONE -> Optional.of(wanted);
            case ROLLED_BACK -> previous;
        };
    }

    /** {@return what nodes that were well at the end of the last deployment have} */
    public Optional<Artifact> settled() {
        return stage == Stage.DONE ? Optional.of(wanted) : previous;
    }

    /** {@return whether the node said of this very deployment that it is well} */
    public boolean wellOn(String node) {
        Standing standing = nodes.get(node);
        return standing != null
                && standing.index() == index
                && standing.well()
                && standing.digest().equals(wanted.digest());
    }

    DeploymentRecord at(Stage next) {
        return new DeploymentRecord(name, index, wanted, previous, next, first, source, who, reason, nodes);
    }

    DeploymentRecord rolledBack(String why) {
        return new DeploymentRecord(name, index, wanted, previous, Stage.ROLLED_BACK, first, source, who, why, nodes);
    }

    DeploymentRecord heard(String node, Standing standing) {
        return new DeploymentRecord(
                name, index, wanted, previous, stage, first, source, who, reason, nodes.plus(node, standing));
    }

    DeploymentRecord offering(List<String> types) {
        Artifact known = new Artifact(wanted.version(), wanted.digest(), wanted.size(), types);
        return new DeploymentRecord(name, index, known, previous, stage, first, source, who, reason, nodes);
    }
}
