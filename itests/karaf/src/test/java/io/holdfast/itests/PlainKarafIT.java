package io.holdfast.itests;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;
import static org.ops4j.pax.exam.karaf.options.KarafDistributionOption.features;

import java.util.Arrays;
import java.util.List;
import javax.inject.Inject;
import org.apache.karaf.features.FeaturesService;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;

/** The features in an Apache Karaf that is not ours. */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class PlainKarafIT {
    @Inject
    private FeaturesService features;

    @Inject
    private BundleContext context;

    /** The container. */
    @Configuration
    public Option[] container() throws Exception {
        List<Option> options = Containers.plain("plain", 17810);
        options.add(features(Containers.features(), "scr"));
        return options.toArray(Option[]::new);
    }

    /** All of ours start, and none of the container's is refreshed while they do. */
    @Test
    public void installs() throws Exception {
        features.installFeature("holdfast", java.util.EnumSet.of(FeaturesService.Option.NoAutoRefreshBundles));
        assertTrue(features.isInstalled(features.getFeature("holdfast")));
        List<Bundle> own = Arrays.stream(context.getBundles())
                .filter(bundle -> bundle.getSymbolicName().startsWith("io.holdfast."))
                .toList();
        assertTrue("only " + own, own.size() > 12);
        for (Bundle bundle : own) {
            Waiting.until(bundle + " is active", 20, () -> bundle.getState() == Bundle.ACTIVE);
        }
        features.installFeature("holdfast-cifs");
        features.uninstallFeature("holdfast-cifs");
        features.uninstallFeature("holdfast");
        assertEquals(
                List.of(),
                Arrays.stream(context.getBundles())
                        .map(Bundle::getSymbolicName)
                        .filter(name -> name.startsWith("io.holdfast."))
                        .toList());
    }
}
