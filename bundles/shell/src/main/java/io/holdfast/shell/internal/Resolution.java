package io.holdfast.shell.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.Attributes;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.Bundle;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.Version;
import org.osgi.framework.VersionRange;
import org.osgi.framework.namespace.PackageNamespace;
import org.osgi.framework.wiring.BundleWire;
import org.osgi.framework.wiring.BundleWiring;
import org.osgi.framework.wiring.FrameworkWiring;
import org.osgi.resource.Namespace;
import org.osgi.resource.Requirement;
import org.osgi.resource.Resource;

/** Whether a bundle would resolve in the place of the present one, and all that is wired to it with it. Nothing is installed for that. */
final class Resolution {
    private final FrameworkWiring wiring;
    private final Bundle present;
    private final List<Clauses> imports;
    private final List<Clauses> exports;
    private final List<Clauses> required;

    Resolution(FrameworkWiring wiring, Bundle present, Attributes headers) {
        this.wiring = wiring;
        this.present = present;
        imports = clauses(headers, Constants.IMPORT_PACKAGE);
        exports = clauses(headers, Constants.EXPORT_PACKAGE);
        required = clauses(headers, Constants.REQUIRE_CAPABILITY);
    }

    private static List<Clauses> clauses(Attributes headers, String name) {
        String header = headers.getValue(name);
        return header == null ? List.of() : Clauses.parse(header);
    }

    /** {@return one sentence for each thing that is missing} */
    List<String> missing() {
        List<String> missing = new ArrayList<>();
        imports.forEach(one -> one.names().forEach(name -> checkImport(one, name, missing)));
        required.forEach(one -> one.names().forEach(name -> checkRequired(one, name, missing)));
        @Nullable BundleWiring now = present.adapt(BundleWiring.class);
        if (now != null) {
            now.getProvidedWires(PackageNamespace.PACKAGE_NAMESPACE).forEach(wire -> checkUser(wire, missing));
        }
        return missing;
    }

    private void checkImport(Clauses one, String name, List<String> missing) {
        String range = one.attributes().getOrDefault(Constants.VERSION_ATTRIBUTE, "0.0.0");
        String filter = "(&(" + PackageNamespace.PACKAGE_NAMESPACE + "=" + name + ")"
                + new VersionRange(range).toFilterString(Constants.VERSION_ATTRIBUTE) + ")";
        if (optional(one) || exports.stream().anyMatch(export -> exported(export, name, filter))) {
            return;
        }
        boolean found = wiring.findProviders(new Wanted(PackageNamespace.PACKAGE_NAMESPACE, filter)).stream()
                .anyMatch(provider -> !provider.getRevision().getBundle().equals(present));
        if (!found) {
            missing.add("it imports " + name + " " + range + ", which nobody exports");
        }
    }

    private void checkRequired(Clauses one, String namespace, List<String> missing) {
        boolean now = one.directives()
                .getOrDefault(Namespace.REQUIREMENT_EFFECTIVE_DIRECTIVE, Namespace.EFFECTIVE_RESOLVE)
                .equals(Namespace.EFFECTIVE_RESOLVE);
        @Nullable String filter = one.directives().get(Namespace.REQUIREMENT_FILTER_DIRECTIVE);
        if (now
                && !optional(one)
                && filter != null
                && wiring.findProviders(new Wanted(namespace, filter)).isEmpty()) {
            missing.add("it requires " + namespace + " " + filter + ", which nobody provides");
        }
    }

    private static boolean optional(Clauses one) {
        return Namespace.RESOLUTION_OPTIONAL.equals(one.directives().get(Namespace.REQUIREMENT_RESOLUTION_DIRECTIVE));
    }

    /** Who imports from the present one must find that in the new one, or somewhere else. */
    private void checkUser(BundleWire wire, List<String> missing) {
        @Nullable String filter = wire.getRequirement().getDirectives().get(Namespace.REQUIREMENT_FILTER_DIRECTIVE);
        String name = String.valueOf(wire.getCapability().getAttributes().get(PackageNamespace.PACKAGE_NAMESPACE));
        Bundle user = wire.getRequirer().getBundle();
        boolean optional = Namespace.RESOLUTION_OPTIONAL.equals(
                wire.getRequirement().getDirectives().get(Namespace.REQUIREMENT_RESOLUTION_DIRECTIVE));
        if (filter == null
                || optional
                || user.equals(present)
                || exports.stream().anyMatch(export -> exported(export, name, filter))
                || wiring.findProviders(new Wanted(PackageNamespace.PACKAGE_NAMESPACE, filter)).stream()
                        .anyMatch(
                                provider -> !provider.getRevision().getBundle().equals(present))) {
            return;
        }
        missing.add(user.getSymbolicName() + " imports " + name + " in a version that it does not export");
    }

    private static boolean exported(Clauses export, String name, String filter) {
        if (!export.names().contains(name)) {
            return false;
        }
        Map<String, Object> attributes = new TreeMap<>(export.attributes());
        attributes.put(PackageNamespace.PACKAGE_NAMESPACE, name);
        attributes.put(
                Constants.VERSION_ATTRIBUTE,
                Version.parseVersion(export.attributes().get(Constants.VERSION_ATTRIBUTE)));
        try {
            return FrameworkUtil.createFilter(filter).matches(attributes);
        } catch (InvalidSyntaxException e) {
            return false; // then it is said to be missing
        }
    }

    /** Something that somebody must provide. */
    private record Wanted(String namespace, String filter) implements Requirement {
        @Override
        public String getNamespace() {
            return namespace;
        }

        @Override
        public Map<String, String> getDirectives() {
            return Map.of(Namespace.REQUIREMENT_FILTER_DIRECTIVE, filter);
        }

        @Override
        public Map<String, Object> getAttributes() {
            return Map.of();
        }

        @Override
        public @Nullable Resource getResource() {
            return null; // of no bundle
        }
    }
}
