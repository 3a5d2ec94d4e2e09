package io.holdfast.lab.torture;

import java.util.List;
import java.util.function.Function;

/** All kinds of faults; each is as likely as every other. */
final class Faults {
    static final List<Function<Draw, Fault>> ALL = List.of(
            ProcessFaults.DaemonKilled::new,
            ProcessFaults.GuardKilled::new,
            ProcessFaults.BothKilled::new,
            ProcessFaults.AllDaemonsKilled::new,
            ProcessFaults.AllGuardsKilled::new,
            ProcessFaults.CrashLoop::new,
            ProcessFaults.DescriptorsUsedUp::new,
            ProcessFaults.MemoryUsedUp::new,
            ProcessFaults.DaemonStopped::new,
            ProcessFaults.GuardStopped::new,
            ProcessFaults.BothStopped::new,
            ProcessFaults.MachineFrozen::new,
            ProcessFaults.PowerLost::new,
            ProcessFaults.PowerLostTwice::new,
            ProcessFaults.MajorityLost::new,
            ProcessFaults.ServiceKilled::new,
            ProcessFaults.ServiceStopped::new,
            ProcessFaults.Unkillable::new,
            NetworkFaults.Halves::new,
            NetworkFaults.LeaderAlone::new,
            NetworkFaults.AllAlone::new,
            NetworkFaults.OneWay::new,
            NetworkFaults.BrokenLink::new,
            NetworkFaults.Ring::new,
            NetworkFaults.OneByOne::new,
            NetworkFaults.FlappingPath::new,
            NetworkFaults.LongPacketsLost::new,
            NetworkFaults.ClientsCutOff::new,
            NetworkFaults.Unplugged::new,
            NetworkFaults.Flapping::new,
            NetworkFaults.Loss::new,
            CoincidentFaults.FencedUnheard::new,
            CoincidentFaults.StoppedAtTheEnd::new,
            DiskFaults.Full::new,
            DiskFaults.ReadOnly::new,
            DiskFaults.Slow::new,
            DiskFaults.Failing::new,
            DiskFaults.Torn::new,
            DiskFaults.Flipped::new,
            DiskFaults.WallClock::new,
            DiskFaults.WallClockStrobes::new,
            OperatorFaults.AgentMisbehaves::new,
            OperatorFaults.Moved::new,
            OperatorFaults.PortTaken::new,
            OperatorFaults.Standby::new,
            OperatorFaults.Fenced::new,
            OperatorFaults.RollingRestart::new,
            OperatorFaults.HeldRestart::new,
            OperatorFaults.LayerSwapped::new,
            OperatorFaults.BundleUpdated::new,
            OperatorFaults.VoterReplaced::new);

    private Faults() {}
}
