package io.holdfast.runtime.internal;

import io.holdfast.api.runtime.Cell;
import io.holdfast.api.runtime.Containment;
import io.holdfast.api.runtime.Loop;
import io.holdfast.api.runtime.NodeSettings;
import io.holdfast.runtime.SystemContainment;
import java.io.IOException;
import java.util.Set;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/** The node's cells as a service. What runs in them does not notice whether this component lives. */
@Component(service = Containment.class)
public final class ContainmentComponent implements Containment {
    private final SystemContainment containment;

    /** Finds the cells of the node. */
    @Activate
    public ContainmentComponent(@Reference NodeSettings settings, @Reference Loop loop) throws IOException {
        containment = new SystemContainment(settings, loop);
    }

    @Deactivate
    void stop() {
        containment.close();
    }

    @Override
    public boolean contained() {
        return containment.contained();
    }

    @Override
    public Cell cell(String instance) {
        return containment.cell(instance);
    }

    @Override
    public Set<String> cells() {
        return containment.cells();
    }
}
