package io.holdfast.cib;

import io.holdfast.api.cluster.PacemakerFiles;
import io.holdfast.config.ConfigParser;
import io.holdfast.config.Parsed;
import io.holdfast.config.Purpose;
import io.holdfast.config.TypeLookup;
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
    public String simulate(Case asked, boolean json) {
        Cluster before = read(asked.cib(), asked.time());
        Outcome outcome = Engine.plan(changed(before, asked));
        if (json) {
            return OutcomeJson.write(outcome);
        }
        boolean asIs = asked.document().isEmpty() && asked.failed().isEmpty();
        return asIs ? OutcomeText.write(outcome) : OutcomeText.compare(Engine.plan(before), outcome);
    }

    @Override
    public String explain(Case asked, String resource) {
        List<String> lines = Engine.explain(changed(read(asked.cib(), asked.time()), asked), resource);
        if (lines.isEmpty()) {
            throw new IllegalArgumentException("there is no resource '" + resource + "' in it");
        }
        return String.join("\n", lines) + "\n";
    }

    private static Cluster changed(Cluster cluster, Case asked) {
        Cluster changed = cluster;
        if (asked.document().isPresent()) {
            Parsed parsed =
                    ConfigParser.parse(asked.document().get(), "the document", TypeLookup.trusting(), Purpose.PLAN);
            if (parsed instanceof Parsed.Faulty faulty) {
                throw new IllegalArgumentException(faulty.text());
            }
            changed = Changes.applied(changed, ((Parsed.Sound) parsed).configuration());
        }
        for (String node : asked.failed()) {
            changed = Changes.lost(changed, node);
        }
        return changed;
    }

    @Override
    public Converted convert(String cib) {
        return new DocumentWriter(read(cib, Optional.empty()), new SourceLines(cib)).write();
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
