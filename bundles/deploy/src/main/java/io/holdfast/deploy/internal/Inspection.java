package io.holdfast.deploy.internal;

import io.holdfast.api.resource.ResourceType;
import io.holdfast.api.resource.ResourceTypes;
import io.holdfast.deploy.Bundles.Look;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.component.runtime.dto.ComponentConfigurationDTO;
import org.osgi.service.component.runtime.dto.ComponentDescriptionDTO;

/** Looks how bundles do: their components, and the resource types that they register. */
final class Inspection {
    private final BundleContext context;
    private final ServiceComponentRuntime components;

    Inspection(BundleContext context, ServiceComponentRuntime components) {
        this.context = context;
        this.components = components;
    }

    /** {@return how active bundles do together} */
    Look look(List<Bundle> bundles) {
        TreeSet<String> types = new TreeSet<>();
        List<String> broken = new ArrayList<>();
        bundles.forEach(bundle -> types(bundle, types, broken));
        List<String> lacking = new ArrayList<>();
        bundles.forEach(bundle -> components(
                bundle, lacking, broken)); // after the services were got: that is what makes delayed components
        if (!broken.isEmpty()) {
            return new Look.Broken(Failed.shortened(broken.get(broken.size() - 1)));
        }
        return lacking.isEmpty() ? new Look.Well(List.copyOf(types)) : new Look.NotYet(String.join("; ", lacking));
    }

    private void types(Bundle bundle, Set<String> types, List<String> broken) {
        ServiceReference<?>[] services = bundle.getRegisteredServices();
        for (ServiceReference<?> reference : services == null ? new ServiceReference<?>[0] : services) {
            List<String> interfaces = List.of((String[]) reference.getProperty("objectClass"));
            boolean type = interfaces.contains(ResourceType.class.getName());
            boolean family = interfaces.contains(ResourceTypes.class.getName());
            if (type || family) {
                name(reference, types, broken);
            }
        }
    }

    private void name(ServiceReference<?> reference, Set<String> types, List<String> broken) {
        try {
            Object service = context.getService(reference);
            if (service instanceof ResourceType type) {
                types.add(type.describe().name());
            } else if (service instanceof ResourceTypes family) {
                types.add(family.prefix());
            } else if (service == null) {
                broken.add("its resource type cannot be made");
            } else {
                broken.add("its resource type is made against another io.holdfast.api.resource than this node's");
            }
        } catch (RuntimeException | LinkageError e) {
            broken.add("its resource type does not describe itself: " + e);
        } finally {
            context.ungetService(reference);
        }
    }

    private void components(Bundle bundle, List<String> lacking, List<String> broken) {
        for (ComponentDescriptionDTO description : components.getComponentDescriptionDTOs(bundle)) {
            if (!description.defaultEnabled) {
                continue;
            }
            var configurations = components.getComponentConfigurationDTOs(description);
            if (configurations.isEmpty() && !"require".equals(description.configurationPolicy)) {
                lacking.add("component " + description.name + " is not there yet");
            }
            for (ComponentConfigurationDTO one : configurations) {
                switch (one.state) {
                    case ComponentConfigurationDTO.FAILED_ACTIVATION ->
                        broken.add("component " + description.name + " failed: " + cause(one.failure));
                    case ComponentConfigurationDTO.UNSATISFIED_CONFIGURATION ->
                        lacking.add("component " + description.name + " lacks its configuration");
                    case ComponentConfigurationDTO.UNSATISFIED_REFERENCE ->
                        lacking.add("component " + description.name + " lacks "
                                + Arrays.stream(one.unsatisfiedReferences)
                                        .map(reference -> reference.name
                                                + (reference.target == null ? "" : " " + reference.target))
                                        .collect(Collectors.joining(", ")));
                    default -> {
                        // satisfied, or active
                    }
                }
            }
        }
    }

    /** The trace's last cause is what the author wants to read. */
    private static String cause(@Nullable String trace) {
        List<String> lines = trace == null ? List.of() : trace.lines().toList();
        return lines.stream()
                .filter(line -> line.startsWith("Caused by: "))
                .reduce((first, second) -> second)
                .map(line -> line.substring("Caused by: ".length()))
                .orElse(lines.isEmpty() ? "no reason is given" : lines.get(0));
    }
}
