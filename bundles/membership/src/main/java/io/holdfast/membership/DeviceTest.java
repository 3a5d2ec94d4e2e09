package io.holdfast.membership;

import io.holdfast.api.cluster.FenceDeviceStatus;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * What a node found when it tested a fence device, as it tells it in an attribute: {@code ok TIME LIMITms} or {@code failed TIME LIMITms
 * PROVED TEXT}. The times are the teller's wall clock, and only shown.
 *
 * @param at when
 * @param limit the longest that one request takes
 * @param proved when it last worked
 * @param said what is wrong, empty if nothing is
 */
record DeviceTest(Instant at, Duration limit, Optional<Instant> proved, String said) {
    private static final String PREFIX = "fence.test:";
    private static final String NEVER = "never";

    /** {@return the attribute's name} */
    static String key(String device) {
        return PREFIX + device;
    }

    /** {@return the test after this one} */
    static DeviceTest after(Optional<DeviceTest> last, Instant at, Duration limit, String said) {
        return new DeviceTest(
                at, limit, said.isEmpty() ? Optional.of(at) : last.flatMap(DeviceTest::proved), said.strip());
    }

    boolean ok() {
        return said.isEmpty();
    }

    String text() {
        String head = (ok() ? "ok " : "failed ") + at + " " + limit.toMillis() + "ms";
        return ok() ? head : head + " " + proved.map(Instant::toString).orElse(NEVER) + " " + said;
    }

    /** {@return what such an attribute says, empty if it is none that is understood here} */
    static Optional<DeviceTest> read(String text) {
        String[] parts = text.split(" ", 5);
        boolean ok = parts[0].equals("ok") && parts.length == 3;
        boolean failed = parts[0].equals("failed") && parts.length == 5;
        if (!(ok || failed) || !parts[2].endsWith("ms")) {
            return Optional.empty();
        }
        try {
            Instant at = Instant.parse(parts[1]);
            Duration limit = Duration.ofMillis(Long.parseLong(parts[2].substring(0, parts[2].length() - 2)));
            if (ok) {
                return Optional.of(new DeviceTest(at, limit, Optional.of(at), ""));
            }
            Optional<Instant> proved = parts[3].equals(NEVER) ? Optional.empty() : Optional.of(Instant.parse(parts[3]));
            return Optional.of(new DeviceTest(at, limit, proved, parts[4]));
        } catch (DateTimeException | NumberFormatException e) {
            return Optional.empty();
        }
    }

    FenceDeviceStatus.Test by(String node, long wallMillis) {
        return new FenceDeviceStatus.Test(
                node,
                age(at, wallMillis),
                ok(),
                proved.map(time -> age(time, wallMillis)).orElse(-1L),
                said);
    }

    private static long age(Instant time, long wallMillis) {
        return Math.max(0, wallMillis - time.toEpochMilli());
    }
}
