package io.holdfast.daemon;

import io.holdfast.api.resource.Command;
import io.holdfast.api.resource.CommandResult;
import io.holdfast.api.resource.ResourceException;
import io.holdfast.api.runtime.Cell;
import io.holdfast.api.runtime.Containment;
import io.holdfast.api.transport.Registration;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Cells that remember what was done in them. */
final class FakeContainment implements Containment {
    final Map<String, FakeCell> cells = new TreeMap<>();

    @Override
    public boolean contained() {
        return true;
    }

    @Override
    public FakeCell cell(String instance) {
        return cells.computeIfAbsent(instance, FakeCell::new);
    }

    @Override
    public Set<String> cells() {
        return Set.copyOf(cells.keySet());
    }

    static final class FakeCell implements Cell {
        private final String name;
        final List<String> done = new ArrayList<>();
        final List<Long> alive = new ArrayList<>();
        List<Command> release = List.of();
        boolean killable = true;

        FakeCell(String name) {
            this.name = name;
        }

        @Override
        public String instance() {
            return name;
        }

        @Override
        public CommandResult run(Command command, Duration limit) {
            done.add("run " + String.join(" ", command.argv()));
            return new CommandResult(0, "", "");
        }

        @Override
        public CommandResult runStart(Command command, Duration limit) {
            done.add("runStart " + String.join(" ", command.argv()));
            alive.add(100L + alive.size());
            return new CommandResult(0, "", "");
        }

        @Override
        public long spawn(Command command) throws ResourceException {
            done.add("spawn " + String.join(" ", command.argv()));
            alive.add(200L + alive.size());
            return alive.get(alive.size() - 1);
        }

        @Override
        public List<Long> processes() {
            return List.copyOf(alive);
        }

        @Override
        public boolean populated() {
            return !alive.isEmpty();
        }

        @Override
        public void release(List<Command> commands) {
            release = commands;
        }

        @Override
        public boolean kill(Duration limit) {
            done.add("kill");
            if (killable) {
                alive.clear();
                release = List.of();
            }
            return killable;
        }

        @Override
        public Registration watch(Runnable died) {
            return () -> {};
        }
    }
}
