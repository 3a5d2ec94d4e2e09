package io.holdfast.lab.torture;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The product with one rule broken on purpose: one class of it, compiled anew with one line changed. A torture that finds nothing wrong
 * with such a cluster proves nothing about a sound one. Each names the faults that show it soon.
 */
enum Sabotage {
    /** FENCED is committed as soon as EXPEL is applied: nobody waits until the guard has done its work. */
    NO_WAIT(
            "fencing/src/main/java/io/holdfast/fencing/LeaseVoter.java",
            "true, quiet, Math.max(lease, hold), hold > lease)",
            "true, quiet, 0, false)",
            "as soon as nobody hears it,after nobody hears it"),

    /** The guard does nothing when the lease ends. */
    GUARD_ASLEEP(
            "guard/src/main/java/io/holdfast/guard/Guard.java",
            "if (open && (leaving || !ahead)) {",
            "if (open && leaving) {",
            "hurts SIGSTOP of the daemon"),

    /** What runs in the daemon's JVM counts as stopped when the guard was faster than the daemon. */
    JVM_SPARED(
            "daemon/src/main/java/io/holdfast/daemon/Holding.java",
            "(phase != Phase.GUARDED || caughtInDaemon)",
            "phase != Phase.GUARDED",
            "network split,hears nobody,no node hears"),

    /** Tokens come again. */
    TOKEN_REUSED(
            "model/src/main/java/io/holdfast/model/GrantRules.java",
            "node.incarnation(), draft.index, false, allow.reason())",
            "node.incarnation(), draft.index % 40 + 1, false, allow.reason())",
            "move of,power lost"),

    /** Some changes are acknowledged and not kept. */
    CHANGE_DROPPED(
            "model/src/main/java/io/holdfast/model/NodeRules.java",
            "if (attribute.value().isEmpty()) {",
            "if (attribute.key().startsWith(\"change\") && draft.index % 3 == 0) {\n"
                    + "            return draft.index;\n"
                    + "        }\n"
                    + "        if (attribute.value().isEmpty()) {",
            "SIGKILL of the guard,wall clock"),

    /** A node stops what it runs now and then, and nobody knows why. */
    NO_CAUSE(
            "daemon/src/main/java/io/holdfast/daemon/Holding.java",
            "inRole(seen) : seen;\n            if (serves(outcome)) {",
            "inRole(seen) : seen;\n            if (serves(outcome) && here.loop().nanos() % 13 != 0) {",
            "wall clock"),

    /** The cluster does not tell why a resource goes where it goes. */
    REASON_KEPT_BACK(
            "model/src/main/java/io/holdfast/model/GrantRules.java",
            "under token \" + draft.index + Draft.because(allow.reason())",
            "under token \" + draft.index",
            "move of"),

    /** The voters wait for the lease, and not for the time that stopping everything takes. */
    NO_KILL_TIME(
            "fencing/src/main/java/io/holdfast/fencing/LeaseVoter.java",
            "millis(terms.leaseMillis()) + kill, quiet)",
            "millis(terms.leaseMillis()), quiet)",
            "after nobody hears it"),

    /** Whom the leader alone did not hear for two fifths of a lease is taken for lost. */
    EXPELLED_TOO_EARLY(
            "fencing/src/main/java/io/holdfast/fencing/SilenceWatch.java",
            "if (!suspicious(member)) {",
            "if (voter.quiet(member) > world.leaseNanos() * 2 / 5) {\n            silent.accept(member, voter.quiet(member));\n        }\n        if (!suspicious(member)) {",
            "harmless SIGSTOP of the daemon,harmless network split"),

    /** The events call it something else that a node joined. */
    EVENT_MISNAMED(
            "model/src/main/java/io/holdfast/model/MemberRules.java",
            "\" joined as incarnation \"",
            "\" is all right as incarnation \"",
            "power lost"),

    /** A status shows more than the revision had that it states. */
    STATUS_MISDATED(
            "membership/src/main/java/io/holdfast/membership/StatusView.java",
            "picture.state().index(),",
            "picture.state().index() - 15,",
            "wall clock"),

    /** Who is to be promoted no more gives the right back before its copy is demoted. */
    RIGHT_GIVEN_BACK_EARLY(
            "daemon/src/main/java/io/holdfast/daemon/Role.java",
            "held.revoked() && here.nonePromoted(name)",
            "held.revoked()",
            "move of,the agent of primary");

    private final String file;
    private final String sound;
    private final String broken;
    private final String focus;

    Sabotage(String file, String sound, String broken, String focus) {
        this.file = file;
        this.sound = sound;
        this.broken = broken;
        this.focus = focus;
    }

    static Sabotage of(String word) {
        return Stream.of(values())
                .filter(one -> one.word().equals(word))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("there is no sabotage '" + word + "'; there are "
                        + Stream.of(values()).map(Sabotage::word).collect(Collectors.joining(", "))));
    }

    /** {@return the word on the command line} */
    String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** {@return words of the faults that show it soon} */
    String focus() {
        return focus;
    }

    /** {@return its class's source, broken} */
    String source(Path sources) throws IOException {
        String text = Files.readString(sources.resolve(file));
        int at = text.indexOf(sound);
        if (at < 0 || text.indexOf(sound, at + 1) >= 0) {
            throw new IllegalStateException(
                    word() + " does not know " + file + " any more: \"" + sound + "\" is not in it, or more than once");
        }
        return text.replace(sound, broken);
    }

    /** Makes a broken copy of an installation. {@return where it is} */
    Path breakCopy(Path sources, Path installation, Path folder) throws IOException {
        return Altered.copy(installation, folder, Path.of(file).getFileName().toString(), source(sources));
    }
}
