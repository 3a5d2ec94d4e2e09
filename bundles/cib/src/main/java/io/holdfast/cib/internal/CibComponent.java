package io.holdfast.cib.internal;

import io.holdfast.api.cluster.PacemakerFiles;
import io.holdfast.cib.CibFiles;
import java.time.InstantSource;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Offers what this bundle can do to the commands. */
@Component(service = PacemakerFiles.class)
public final class CibComponent implements PacemakerFiles {
    private final CibFiles files;

    /** Takes the clock. */
    @Activate
    public CibComponent(@Reference InstantSource clock) {
        files = new CibFiles(clock);
    }

    @Override
    public String simulate(Case asked, boolean json) {
        return files.simulate(asked, json);
    }

    @Override
    public String explain(Case asked, String resource) {
        return files.explain(asked, resource);
    }

    @Override
    public Converted convert(String cib) {
        return files.convert(cib);
    }
}
