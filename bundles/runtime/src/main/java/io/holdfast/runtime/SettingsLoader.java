package io.holdfast.runtime;

import io.holdfast.api.runtime.NodeSettings;
import io.holdfast.api.runtime.Voter;
import io.holdfast.guard.settings.Settings;
import io.holdfast.guard.settings.SettingsException;
import io.holdfast.guard.settings.SettingsReader;
import java.nio.file.Path;
import java.util.Map;

/** Reads {@link NodeSettings} with the very code by which {@code bin/holdfast} checks them before the daemon is started. */
public final class SettingsLoader {
    private SettingsLoader() {}

    /**
     * Reads {@code BASE/etc/holdfast.cfg} and the variables {@code HOLDFAST_*} over it.
     *
     * @throws IllegalArgumentException with one line for each problem: place, key, value, rule
     */
    public static NodeSettings read(Path base, Map<String, String> environment) {
        Settings settings;
        try {
            settings = SettingsReader.read(base, environment);
        } catch (SettingsException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
        return new NodeSettings(
                settings.cluster(),
                settings.node(),
                settings.bind(),
                settings.port(),
                settings.voters().stream()
                        .map(voter -> new Voter(voter.name(), voter.address(), voter.port()))
                        .toList(),
                settings.witness() ? NodeSettings.Role.WITNESS : NodeSettings.Role.NODE,
                settings.lease(),
                settings.ocfRoots(),
                base,
                settings.watchdog(),
                settings.weakClock(),
                settings.diskPaths(),
                settings.all());
    }
}
