package io.holdfast.api.cluster;

import java.util.List;

/**
 * A configured fence device, and what is known of whether it works.
 *
 * @param name its name in the cluster document
 * @param agent what asks it
 * @param nodes the nodes that it can cut off
 * @param level devices of one level act together
 * @param timeoutMs the longest that one request takes
 * @param longestMs the longest until it confirmed or is given up: delay, and all tries
 * @param tests what each node that tests it last found, sorted by node
 */
public record FenceDeviceStatus(
        String name, String agent, List<String> nodes, int level, long timeoutMs, long longestMs, List<Test> tests) {

    /**
     * What one node found last.
     *
     * @param by the node that asked the device
     * @param ageMs how long ago, by wall clocks, so only shown
     * @param ok whether the device answered, and said of each node what is true
     * @param proofAgeMs how long ago it last did; -1 if it never did since that node started
     * @param said what is wrong and what to do, empty if nothing is
     */
    public record Test(String by, long ageMs, boolean ok, long proofAgeMs, String said) {}

    /** {@return how long ago a node last found that it works; -1 if none did} */
    public long proofAgeMs() {
        return tests.stream()
                .mapToLong(Test::proofAgeMs)
                .filter(age -> age >= 0)
                .min()
                .orElse(-1);
    }

    /** Copies the lists. */
    public FenceDeviceStatus {
        nodes = List.copyOf(nodes);
        tests = List.copyOf(tests);
    }
}
