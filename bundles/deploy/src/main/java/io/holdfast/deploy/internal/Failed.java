package io.holdfast.deploy.internal;

import io.holdfast.deploy.BundleTrouble;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleException;

/** Starting bundles, and why something in the container failed, as the end of a sentence. */
final class Failed {
    private static final int LONGEST_REASON = 400;

    private Failed() {}

    /** Starts it until the container ends. */
    static void start(Bundle bundle) throws BundleTrouble {
        try {
            bundle.start(Bundle.START_TRANSIENT);
        } catch (BundleException e) {
            String what = e.getType() == BundleException.RESOLVE_ERROR
                    ? "it does not resolve: "
                    : e.getType() == BundleException.ACTIVATOR_ERROR ? "its activator failed: " : "it does not start: ";
            throw new BundleTrouble(what + reason(e), e);
        }
    }

    static String reason(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null && cause.getCause() != cause) {
            cause = cause.getCause();
        }
        String text = cause == failure ? String.valueOf(cause.getMessage()) : cause.toString();
        return shortened(text);
    }

    static String shortened(String text) {
        String line = text.strip().lines().findFirst().orElse("no reason is given");
        return line.length() <= LONGEST_REASON ? line : line.substring(0, LONGEST_REASON) + " ...";
    }
}
