package io.holdfast.fencing;

import io.holdfast.membership.World;

/** Closes a change of voters. */
final class VoterChanges {
    private final World world;
    VoterChanges(World world) { this.world = world; }
    void clear() {}
    void look() {}
    void answered(String from, long votes) {}
}
