package io.holdfast.testkit;

import io.holdfast.testkit.VirtualTime.Task;
import java.util.Arrays;

/** Tasks, of which the first can be taken; each node of the heap has four children. */
final class TaskHeap {
    private static final int CHILDREN = 4;

    private Task[] tasks = new Task[32];
    private int size;

    boolean isEmpty() {
        return size == 0;
    }

    Task first() {
        return tasks[0];
    }

    void add(Task task) {
        if (size == tasks.length) {
            tasks = Arrays.copyOf(tasks, 2 * size);
        }
        int at = size++;
        while (at > 0 && task.before(tasks[(at - 1) / CHILDREN])) {
            tasks[at] = tasks[(at - 1) / CHILDREN];
            at = (at - 1) / CHILDREN;
        }
        tasks[at] = task;
    }

    Task poll() {
        Task first = tasks[0];
        Task moved = tasks[--size];
        int at = 0;
        for (int child = 1; child < size; child = at * CHILDREN + 1) {
            int least = child;
            for (int other = child + 1; other < Math.min(child + CHILDREN, size); other++) {
                if (tasks[other].before(tasks[least])) {
                    least = other;
                }
            }
            if (moved.before(tasks[least])) {
                break;
            }
            tasks[at] = tasks[least];
            at = least;
        }
        tasks[at] = moved;
        return first;
    }
}
