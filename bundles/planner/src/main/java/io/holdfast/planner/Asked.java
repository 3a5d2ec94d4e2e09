package io.holdfast.planner;

import io.holdfast.model.config.CloneSetting;
import io.holdfast.model.config.Condition;
import io.holdfast.model.config.Configuration;
import io.holdfast.model.config.Constraint;
import io.holdfast.model.config.Option;
import io.holdfast.model.config.Resource;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a document asks about beside itself.
 *
 * @param attributes of nodes
 * @param health whether the health of nodes counts
 * @param timed whether the time counts
 * @param standby resources whose failures put a node into standby
 */
record Asked(Set<String> attributes, boolean health, boolean timed, List<Resource> standby) {
    static final Asked NOTHING = new Asked(Set.of(), false, false, List.of());

    static Asked by(Configuration configuration) {
        Set<String> attributes = new TreeSet<>();
        boolean timed = false;
        for (Constraint constraint : configuration.constraints()) {
            if (constraint instanceof Constraint.Prefer prefer) {
                attributes.add(prefer.scoreFrom());
                if (!prefer.where().isEmpty()) {
                    Condition condition = Condition.parse(prefer.where());
                    condition.attributes(attributes);
                    timed |= condition.timed();
                }
            } else if (constraint instanceof Constraint.Together together) {
                attributes.add(together.same());
            }
        }
        configuration.clones().values().stream()
                .filter(CloneSetting::promotable)
                .flatMap(clone -> configuration.expand(clone.of()).stream())
                .forEach(resource ->
                        attributes.add("master-" + resource)); // their score of promotion, as Pacemaker calls it
        List<Resource> standby = configuration.resources().values().stream()
                .filter(resource -> resource.start().onFail().equals("standby")
                        || resource.monitor().onFail().equals("standby")
                        || resource.operations().values().stream()
                                .anyMatch(said -> said.onFail().equals("standby")))
                .toList();
        return new Asked(attributes, configuration.options().containsKey(Option.HEALTH), timed, standby);
    }
}
