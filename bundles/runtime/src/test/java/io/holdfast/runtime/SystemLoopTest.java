package io.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.api.runtime.Scheduled;
import io.holdfast.api.runtime.Stalls;
import io.holdfast.api.transport.Registration;
import io.holdfast.guard.memory.BootClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SystemLoopTest {
    private final AtomicLong now = new AtomicLong(1_000);
    private final SystemLoop loop = new SystemLoop(now::get);

    @AfterEach
    void close() {
        loop.close();
    }

    private void settle() throws Exception {
        CompletableFuture<Void> done = new CompletableFuture<>();
        loop.execute(() -> loop.execute(() -> done.complete(null)));
        done.get(5, TimeUnit.SECONDS);
    }

    @Test
    void runsTasksInTheOrderGiven() throws Exception {
        List<Integer> seen = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            int number = i;
            loop.execute(() -> seen.add(number));
        }
        settle();
        assertThat(seen).hasSize(1_000).isSorted();
    }

    @Test
    void runsTimersByTheirTimeAndNotBefore() throws Exception {
        List<String> seen = new ArrayList<>();
        loop.schedule(Duration.ofNanos(300), () -> seen.add("late"));
        loop.schedule(Duration.ofNanos(100), () -> seen.add("soon"));
        loop.schedule(Duration.ofNanos(100), () -> seen.add("soon after"));
        loop.schedule(Duration.ofSeconds(-3), () -> seen.add("now"));
        settle();
        assertThat(seen).containsExactly("now");
        now.addAndGet(100);
        settle();
        assertThat(seen).containsExactly("now", "soon", "soon after");
        now.addAndGet(1_000_000);
        settle();
        assertThat(seen).containsExactly("now", "soon", "soon after", "late");
    }

    @Test
    void aLooseTimerRunsTogetherWithWhatComesAndNotBeforeItsTime() throws Exception {
        List<String> seen = new ArrayList<>();
        loop.scheduleLoosely(Duration.ofSeconds(200), () -> seen.add("loose"));
        settle();
        now.addAndGet(Duration.ofSeconds(199).toNanos());
        settle();
        assertThat(seen).as("not before its time").isEmpty();
        now.addAndGet(Duration.ofSeconds(1).toNanos());
        settle(); // a task wakes the loop
        assertThat(seen).containsExactly("loose");
    }

    @Test
    void aLooseTimerRunsByItselfInTheEnd() throws Exception {
        try (SystemLoop real = new SystemLoop()) {
            CountDownLatch ran = new CountDownLatch(2);
            real.scheduleLoosely(Duration.ofMillis(10), ran::countDown);
            real.scheduleLoosely(Duration.ofMillis(20), ran::countDown);
            assertThat(ran.await(5, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void anEarlierTimerFromAnotherThreadIsNotSleptOver() throws Exception {
        try (SystemLoop real = new SystemLoop()) {
            real.schedule(Duration.ofHours(1), () -> {});
            long begun = System.nanoTime();
            for (int i = 0; i < 40; i++) { // each would take half a second
                CountDownLatch ran = new CountDownLatch(1);
                real.schedule(Duration.ofMillis(1), ran::countDown);
                assertThat(ran.await(5, TimeUnit.SECONDS)).isTrue();
            }
            assertThat(System.nanoTime() - begun)
                    .isLessThan(Duration.ofSeconds(10).toNanos());
        }
    }

    @Test
    void noticesAClockThatJumpedWithoutBeingTold() throws Exception {
        CountDownLatch ran = new CountDownLatch(1);
        loop.schedule(Duration.ofHours(1), ran::countDown);
        settle();
        now.addAndGet(Duration.ofHours(2).toNanos()); // the machine slept
        assertThat(ran.await(5, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void aCancelledTimerDoesNotRun() throws Exception {
        List<String> seen = new ArrayList<>();
        CompletableFuture<Scheduled> timer = new CompletableFuture<>();
        loop.execute(() -> {
            timer.complete(loop.schedule(Duration.ZERO, () -> seen.add("never")));
            timer.join().cancel();
        });
        settle();
        timer.join().cancel();
        assertThat(seen).isEmpty();
    }

    @Test
    void aTaskThatThrowsDoesNotEndTheLoop() throws Exception {
        loop.execute(() -> {
            throw new IllegalStateException("on purpose, by a test");
        });
        loop.execute(() -> {
            throw new StackOverflowError("on purpose, by a test");
        });
        settle();
        assertThat(loop.inLoop()).isFalse();
        CompletableFuture<Boolean> inside = new CompletableFuture<>();
        loop.execute(() -> inside.complete(loop.inLoop()));
        assertThat(inside.get(5, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void timersAreNotKeptWaitingByTasks() throws Exception {
        CountDownLatch ran = new CountDownLatch(1);
        Runnable[] busy = new Runnable[1];
        busy[0] = () -> {
            if (ran.getCount() > 0) {
                loop.execute(busy[0]);
            }
        };
        loop.execute(busy[0]);
        loop.execute(busy[0]);
        loop.schedule(Duration.ofNanos(10), ran::countDown);
        now.addAndGet(10);
        assertThat(ran.await(5, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void theClockIsTheKernelsAndTheGuardReadsTheSame() throws Exception {
        assertThat(Kernel.instance()).isPresent();
        try (BootClock guard = new BootClock();
                SystemLoop real = new SystemLoop()) {
            for (int i = 0; i < 200; i++) {
                long before = real.nanos();
                long read = guard.nanos();
                long after = real.nanos();
                // never early: what ends by the guard's clock ends in time
                assertThat(read).isGreaterThanOrEqualTo(before);
                assertThat(read - after).isLessThan(11_000_000);
            }
        }
    }

    @Test
    void aLoopThatRunsLateSaysSo() throws Exception {
        List<Stalls.Stall> seen = new ArrayList<>();
        CompletableFuture<Stalls.Stall> first = new CompletableFuture<>();
        loop.onStall(Duration.ofMillis(300), seen::add);
        Registration any = loop.onStall(Duration.ZERO, first::complete);
        loop.execute(() -> now.addAndGet(Duration.ofMillis(99).toNanos()));
        settle();
        assertThat(loop.count()).isZero();
        loop.execute(() -> now.addAndGet(Duration.ofMillis(200).toNanos()));
        Stalls.Stall stall = first.get(5, TimeUnit.SECONDS);
        assertThat(stall.length()).isEqualTo(Duration.ofMillis(200));
        settle();
        assertThat(seen).isEmpty();
        loop.execute(() -> now.addAndGet(Duration.ofMillis(1300).toNanos()));
        settle();
        settle();
        assertThat(seen).extracting(Stalls.Stall::length).containsExactly(Duration.ofMillis(1300));
        assertThat(loop.count()).isEqualTo(2);
        assertThat(loop.longest()).isEqualTo(Duration.ofMillis(1300));
        any.close();
    }
}
