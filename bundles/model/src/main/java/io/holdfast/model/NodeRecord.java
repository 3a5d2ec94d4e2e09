package io.holdfast.model;

import java.util.List;
import java.util.Locale;
import org.pcollections.PSortedMap;

/**
 * What the cluster agreed on about a node.
 *
 * @param name its name
 * @param incarnation its present or last incarnation
 * @param phase where that incarnation stands
 * @param terms what it declared when it joined
 * @param expelIndex ledger index of its EXPEL, 0 if none
 * @param holds open holds of this incarnation by their key {@link HoldRecord#key}
 * @param standby runs nothing by an administrator's wish
 * @param maintenance is left alone
 * @param attributes set by administrators
 * @param liars fence devices that said of this incarnation that it is off while it ran
 */
public record NodeRecord(
        String name,
        long incarnation,
        Phase phase,
        Terms terms,
        long expelIndex,
        PSortedMap<String, HoldRecord> holds,
        boolean standby,
        boolean maintenance,
        PSortedMap<String, String> attributes,
        List<String> liars) {

    /** {@return whether its incarnation is joined and not expelled: only such a one is granted anything} */
    public boolean joined() {
        return phase == Phase.JOINED;
    }

    /** {@return whether its incarnation may still run something: it joined, and neither left nor was fenced} */
    public boolean mayRun() {
        return phase == Phase.JOINED || phase == Phase.EXPELLED;
    }

    NodeRecord in(Phase next, long expelled) {
        return new NodeRecord(name, incarnation, next, terms, expelled, holds, standby, maintenance, attributes, liars);
    }

    NodeRecord under(Terms next) {
        return new NodeRecord(
                name, incarnation, phase, next, expelIndex, holds, standby, maintenance, attributes, liars);
    }

    NodeRecord holding(PSortedMap<String, HoldRecord> next) {
        return new NodeRecord(
                name, incarnation, phase, terms, expelIndex, next, standby, maintenance, attributes, liars);
    }

    NodeRecord standingBy(boolean next) {
        return new NodeRecord(name, incarnation, phase, terms, expelIndex, holds, next, maintenance, attributes, liars);
    }

    NodeRecord maintained(boolean next) {
        return new NodeRecord(name, incarnation, phase, terms, expelIndex, holds, standby, next, attributes, liars);
    }

    NodeRecord doubting(List<String> devices) {
        return new NodeRecord(
                name,
                incarnation,
                phase,
                terms,
                expelIndex,
                holds,
                standby,
                maintenance,
                attributes,
                List.copyOf(devices));
    }

    NodeRecord described(PSortedMap<String, String> next) {
        return new NodeRecord(name, incarnation, phase, terms, expelIndex, holds, standby, maintenance, next, liars);
    }

    /** Where an incarnation stands. */
    public enum Phase {
        /** Never joined (known by configuration only). */
        UNKNOWN,
        /** It may be granted resources. */
        JOINED,
        /** Its lease is renewed no more; what it was granted may still run. */
        EXPELLED,
        /** Proved to run nothing. */
        FENCED,
        /** Stopped everything and left. */
        LEFT
    }

    /**
     * What a node declares when it joins.
     *
     * @param witness it votes and runs nothing
     * @param leaseMillis {@code D}
     * @param killMillis {@code K}: the guard has everything stopped within it after the lease's end
     * @param guard {@code strong}, {@code process} or {@code none}; kept in small letters
     * @param contained every resource process is in a cgroup v2 of its own
     * @param guardSession see {@code GuardLink.session()}
     * @param bootCounter grows with each kernel boot; 0 where boots prove nothing (containers)
     * @param machineId says which machine the boots are of
     * @param weakClock its clock may be stopped from outside, so only a device or a person can fence it
     * @param version of Holdfast on it
     */
    public record Terms(
            boolean witness,
            long leaseMillis,
            long killMillis,
            String guard,
            boolean contained,
            long guardSession,
            long bootCounter,
            String machineId,
            boolean weakClock,
            String version) {

        /** Writes the guard in small letters. */
        public Terms {
            guard = guard.toLowerCase(Locale.ROOT);
        }

        /** {@return whether the end of its lease proves that it runs nothing} */
        public boolean leaseProves() {
            return witness || (!weakClock && !guard.equals("none"));
        }
    }

    /**
     * A hold.
     *
     * @param session of the daemon that took it
     * @param seq its number in that session
     * @param index ledger index at which it was committed
     * @param spanMillis how long it lasts from its proposal
     */
    public record HoldRecord(long session, long seq, long index, long spanMillis) {
        /** {@return the key of a hold in {@link NodeRecord#holds}} */
        public static String key(long session, long seq) {
            return session + ":" + seq;
        }
    }
}
