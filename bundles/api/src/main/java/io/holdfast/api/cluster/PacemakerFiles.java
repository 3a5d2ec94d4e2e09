package io.holdfast.api.cluster;

import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/** Understands the files of a Pacemaker cluster. Knows nothing of this cluster and changes nothing. Any thread; nothing blocks. */
@ProviderType
public interface PacemakerFiles {

    /**
     * What is asked about.
     *
     * @param cib the text of a CIB, configuration and status
     * @param time for which time, as ISO 8601 writes it; otherwise the CIB's own, or now
     * @param document a cluster document that is to hold in place of the CIB's configuration, if there is one
     * @param failed nodes that are to be lost
     */
    record Case(String cib, Optional<String> time, Optional<String> document, List<String> failed) {
        /** Copies the list. */
        public Case {
            failed = List.copyOf(failed);
        }
    }

    /**
     * Says what would be done with a Pacemaker cluster, as Pacemaker itself would.
     *
     * @param asked the cluster
     * @param json whether as one JSON object; otherwise as lines for people, which tell where everything would be, or, if a document or
     *     a loss is asked about, what would be different
     * @return the text
     * @throws IllegalArgumentException if it is no CIB, no time, no document, or no node; the message says what is wrong and where
     */
    String simulate(Case asked, boolean json);

    /**
     * Says why Pacemaker would place a resource as it would.
     *
     * @param asked the cluster
     * @param resource a primitive, group or clone in it
     * @return for each instance a sentence, then a line for each node with all that counted for and against it
     * @throws IllegalArgumentException as for {@link #simulate}, or if there is no such resource
     */
    String explain(Case asked, String resource);

    /**
     * Puts a Pacemaker cluster's configuration into a cluster document.
     *
     * @param cib the text of its CIB
     * @return the document, and what could not be carried over
     * @throws IllegalArgumentException if it is no CIB; the message says what is wrong and where
     */
    Converted convert(String cib);

    /**
     * A document made from a CIB.
     *
     * @param document in YAML; to be read by a person before it is applied
     * @param left one line for each thing that the document does not say
     */
    record Converted(String document, List<String> left) {
        /** Copies the list. */
        public Converted {
            left = List.copyOf(left);
        }
    }
}
