package io.holdfast.cib;

import io.holdfast.api.cluster.PacemakerFiles;
import io.holdfast.planner.cluster.Cluster;
import io.holdfast.planner.engine.Engine;
import io.holdfast.planner.engine.Outcome;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Reads, plans and writes CIBs. */
public final class CibFiles implements PacemakerFiles {
    private final InstantSource clock;

    /** Uses the clock for files that do not say for which time they are meant. */
    public CibFiles(InstantSource clock) {
        this.clock = clock;
    }

    @Override
    public String simulate(String cib, Optional<String> time, boolean json) {
        Outcome outcome = Engine.plan(read(cib, time));
        return json ? OutcomeJson.write(outcome) : OutcomeText.write(outcome);
    }

    @Override
    public String explain(String cib, Optional<String> time, String resource) {
        List<String> lines = Engine.explain(read(cib, time), resource);
        if (lines.isEmpty()) {
            throw new IllegalArgumentException("there is no resource '" + resource + "' in it");
        }
        return String.join("\n", lines) + "\n";
    }

    @Override
    public Converted convert(String cib) {
        return new DocumentWriter(read(cib, Optional.empty())).write();
    }

    private Cluster read(String cib, Optional<String> time) {
        long now = clock.instant().getEpochSecond();
        try {
            if (time.isEmpty()) {
                return CibReader.read(cib, now);
            }
            OptionalLong seconds = Dates.seconds(time.get());
            if (seconds.isEmpty()) {
                throw new IllegalArgumentException("'" + time.get()
                        + "' is no time: write it as 2026-11-25T10:00:00Z, 2026-329 or seconds since 1970");
            }
            return CibReader.readFor(cib, seconds.getAsLong());
        } catch (CibException e) {
            throw new IllegalArgumentException("this is no CIB: " + e.getMessage(), e);
        }
    }
}
