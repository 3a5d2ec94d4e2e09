package ${package};

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.holdfast.api.resource.Health;
import io.holdfast.testkit.resource.Bench;
import io.holdfast.testkit.resource.Torture;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ${className}Test {
    private static final Map<String, String> PARAMETERS = Map.of();

    @Test
    void runsAndStops() throws Exception {
        try (Bench bench = new Bench(new ${className}(), "one", PARAMETERS, System::nanoTime)) {
            bench.start();
            assertInstanceOf(Health.Running.class, bench.monitor());
            bench.stop();
            assertInstanceOf(Health.NotRunning.class, bench.monitor());
        }
    }

    @Test
    void saysWhatIsWrong() throws Exception {
        try (Bench bench = new Bench(new ${className}(), "one", Map.of("niceness", "99"), System::nanoTime)) {
            assertEquals(1, bench.validate().size());
        }
    }

    /** Started twice, stopped twice, killed, hung, cut off in each phase. */
    @Test
    void behavesInEachTrial() throws Exception {
        assertEquals(List.of(), torture().run().findings());
    }

    /** A failure names its seed and step: run it again with that seed. */
    @Test
    void survivesAThousandFaults() throws Exception {
        assertEquals(List.of(), torture().faults(1000, 1));
    }

    private static Torture torture() {
        return new Torture(${className}::new, PARAMETERS, System::nanoTime);
    }
}
