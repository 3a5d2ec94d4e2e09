package io.holdfast.planner.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Picks out what is really done, and in which order. */
final class OutcomeWriter {
    private final World world;
    private final StepBook book;

    OutcomeWriter(StepBook book) {
        this.book = book;
        world = book.world;
    }

    Outcome write() {
        List<Step> done = new ArrayList<>();
        int[] numbers = new int[book.steps.size()];
        Arrays.fill(numbers, -1);
        List<String> fenced = new ArrayList<>();
        for (Step step : book.steps) {
            if (real(step)) {
                numbers[step.index] = done.size();
                done.add(step);
                if (step.task == Task.FENCE) {
                    fenced.add(world.sites[step.site].name);
                }
            } else if (step.task == Task.UNFENCE) {
                fenced.add(world.sites[step.site].name); // its device is told to let it in
            }
        }
        fenced.sort(null);
        List<Outcome.Action> actions = new ArrayList<>();
        for (Step step : done) {
            String node = world.sites[step.site].name;
            boolean inName = step.pseudo && !step.implied; // such as the start that a migration stands for
            String resource = step.piece == null ? node : step.piece.base;
            actions.add(new Outcome.Action(step.task.word, resource, inName ? "" : node));
        }
        return new Outcome(placement(), fenced, actions, orders(done, numbers));
    }

    private static boolean real(Step step) {
        if (step.optional || !step.runnable || step.site < 0) {
            return false;
        } else if (step.task == Task.FENCE) {
            return true;
        }
        Piece piece = step.piece;
        return piece != null && piece.primitive() && piece.managed;
    }

    // ---- where everything is in the end

    private SortedMap<String, SortedMap<String, List<String>>> placement() {
        SortedMap<String, SortedMap<String, List<String>>> placement = new TreeMap<>();
        for (Piece piece : world.primitives) {
            SortedMap<String, List<String>> nodes = placement.computeIfAbsent(piece.base, unused -> new TreeMap<>());
            Role[] roles = after(piece);
            for (Site site : world.sites) {
                Role role = roles[site.index];
                if (role != null) {
                    role = role == Role.STARTED && piece.top().promotable ? Role.UNPROMOTED : role;
                    nodes.computeIfAbsent(site.name, unused -> new ArrayList<>())
                            .add(role.title);
                }
            }
        }
        return placement;
    }

    private Role[] after(Piece piece) {
        @Nullable Role[] roles = new Role[world.sites.length];
        for (int site : piece.runningOn) {
            roles[site] = piece.role.above(Role.STOPPED) ? piece.role : Role.STARTED;
        }
        apply(piece, roles, Task.DEMOTE, Role.UNPROMOTED);
        apply(piece, roles, Task.STOP, null);
        Role up = piece.top().promotable ? Role.UNPROMOTED : Role.STARTED;
        apply(piece, roles, Task.START, up);
        apply(piece, roles, Task.MIGRATE_FROM, up);
        apply(piece, roles, Task.PROMOTE, Role.PROMOTED);
        return roles;
    }

    private static void apply(Piece piece, @Nullable Role[] roles, Task task, @Nullable Role role) {
        for (Step step : piece.steps) {
            if (step.task == task && real(step)) {
                roles[step.site] = role;
            }
        }
    }

    // ---- orders

    /** Through everything that is needed; marks carry on what comes before them. */
    private List<Outcome.Pair> orders(List<Step> done, int[] numbers) {
        Acyclic acyclic = new Acyclic(done.size());
        acyclic.addAll(walk(done, numbers, false));
        if (book.steps.stream().anyMatch(step -> step.migratable)) {
            walk(done, numbers, true).forEach(pair -> acyclic.add(pair.first(), pair.then()));
        }
        SortedMap<Integer, List<Integer>> waits = new TreeMap<>();
        for (Step step : done) {
            for (Link link : step.after) {
                if (link.is(Link.SAME_NODE)) {
                    room(numbers[step.index], link.then, numbers, acyclic, waits);
                }
            }
        }
        acyclic.addWaits(waits);
        return acyclic.pairs();
    }

    /** Making room is worth waiting for, as long as nobody waits for himself. */
    private static void room(
            int number, Step then, int[] numbers, Acyclic acyclic, SortedMap<Integer, List<Integer>> waits) {
        if (numbers[then.index] >= 0) {
            acyclic.add(number, numbers[then.index]);
        } else if (then.task == Task.ROOM) {
            for (Link link : then.after) {
                if (numbers[link.then.index] >= 0) {
                    waits.computeIfAbsent(numbers[link.then.index], unused -> new ArrayList<>())
                            .add(number);
                }
            }
        }
    }

    private List<Outcome.Pair> walk(List<Step> done, int[] numbers, boolean yielding) {
        List<Outcome.Pair> pairs = new ArrayList<>();
        BitSet seen = new BitSet(book.steps.size());
        for (Step step : done) {
            seen.clear();
            seen.set(step.index);
            walk(step, numbers[step.index], numbers, yielding, seen, pairs);
        }
        return pairs;
    }

    private void walk(Step from, int number, int[] numbers, boolean yielding, BitSet seen, List<Outcome.Pair> pairs) {
        for (Link link : from.after) {
            Step next = link.then;
            boolean moot = from.migratable && (link.is(Link.EARNEST) || (!yielding && link.is(Link.YIELDS)));
            if (seen.get(next.index) || link.is(Link.SAME_NODE) || moot) {
                continue;
            }
            seen.set(next.index);
            if (numbers[next.index] >= 0) {
                pairs.add(new Outcome.Pair(number, numbers[next.index]));
            } else if (carries(next)) {
                walk(next, number, numbers, yielding, seen, pairs);
            }
        }
    }

    private static boolean carries(Step step) {
        boolean mark = step.piece == null && step.task != Task.FENCE;
        return mark || (!step.optional && step.pseudo);
    }
}
