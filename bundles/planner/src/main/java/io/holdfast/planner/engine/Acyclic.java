package io.holdfast.planner.engine;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;

/** Leaves out of the orders what would close a circle; nobody could start in one. */
final class Acyclic {
    private final List<List<Integer>> next;

    Acyclic(int steps) {
        next = new ArrayList<>(steps);
        for (int i = 0; i < steps; i++) {
            next.add(new ArrayList<>(2));
        }
    }

    List<Outcome.Pair> pairs() {
        List<Outcome.Pair> pairs = new ArrayList<>();
        for (int first = 0; first < next.size(); first++) {
            for (int then : next.get(first)) {
                pairs.add(new Outcome.Pair(first, then));
            }
        }
        return pairs;
    }

    void addAll(List<Outcome.Pair> pairs) {
        pairs.forEach(pair -> next.get(pair.first()).add(pair.then()));
        byte[] state = new byte[next.size()];
        for (int start = 0; start < state.length; start++) {
            if (state[start] == 0) {
                visit(start, state);
            }
        }
    }

    /** Depth first, without recursion: chains may be long. */
    private void visit(int start, byte[] state) {
        List<int[]> stack = new ArrayList<>();
        stack.add(new int[] {start, 0});
        state[start] = 1;
        while (!stack.isEmpty()) {
            int[] top = stack.get(stack.size() - 1);
            List<Integer> after = next.get(top[0]);
            if (top[1] == after.size()) {
                state[top[0]] = 2;
                stack.remove(stack.size() - 1);
                continue;
            }
            int then = after.get(top[1]);
            if (state[then] == 1) {
                after.remove(top[1]);
                continue;
            }
            top[1]++;
            if (state[then] == 0) {
                state[then] = 1;
                stack.add(new int[] {then, 0});
            }
        }
    }

    /** Adds one more, unless it would close a circle. */
    void add(int first, int then) {
        if (first == then || next.get(first).contains(then) || reaches(then, first)) {
            return;
        }
        next.get(first).add(then);
    }

    /**
     * Adds for each of these all that it waits for, or, where somebody would wait for himself, nothing: the last one gives way first.
     */
    void addWaits(SortedMap<Integer, List<Integer>> waits) {
        waits.forEach((then, firsts) -> {
            firsts.removeIf(first -> first.equals(then) || next.get(first).contains(then));
            firsts.forEach(first -> next.get(first).add(then));
        });
        List<Integer> thens = new ArrayList<>(waits.keySet());
        Collections.reverse(thens);
        for (int then : thens) {
            List<Integer> firsts = waits.getOrDefault(then, List.of());
            if (firsts.stream().anyMatch(first -> reaches(then, first))) {
                firsts.forEach(first -> next.get(first).remove((Integer) then));
            }
        }
    }

    private boolean reaches(int from, int to) {
        BitSet seen = new BitSet(next.size());
        ArrayList<Integer> stack = new ArrayList<>();
        stack.add(from);
        while (!stack.isEmpty()) {
            int at = stack.remove(stack.size() - 1);
            if (at == to) {
                return true;
            }
            if (!seen.get(at)) {
                seen.set(at);
                stack.addAll(next.get(at));
            }
        }
        return false;
    }
}
