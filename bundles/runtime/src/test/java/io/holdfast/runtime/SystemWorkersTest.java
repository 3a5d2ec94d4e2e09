package io.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SystemWorkersTest {
    private static final Duration LONG = Duration.ofSeconds(20);
    private final SystemLoop loop = new SystemLoop();
    private final SystemWorkers workers = new SystemWorkers(loop);

    @AfterEach
    void close() {
        workers.close();
        loop.close();
    }

    private static <T> T get(CompletionStage<T> stage) throws Exception {
        return stage.toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    @Test
    void bringsTheResultToTheLoop() throws Exception {
        AtomicBoolean inLoop = new AtomicBoolean();
        CountDownLatch go = new CountDownLatch(1);
        CompletionStage<String> stage = workers.submit("look", LONG, () -> {
            go.await();
            return Thread.currentThread().getName();
        });
        CompletionStage<String> after = stage.thenApply(name -> {
            inLoop.set(loop.inLoop());
            return name;
        });
        go.countDown();
        assertThat(get(after)).isEqualTo("holdfast-worker look");
        assertThat(inLoop).isTrue();
    }

    /** What a layer gave to do must not keep that layer, once it is replaced, for as long as the work might have taken. */
    @Test
    void keepsNothingOfWorkThatIsDone() throws Exception {
        WeakReference<Object> trace = doneWork();
        for (int i = 0; i < 100 && trace.get() != null; i++) {
            System.gc();
            TimeUnit.MILLISECONDS.sleep(20);
        }
        assertThat(trace.get()).isNull();
    }

    private WeakReference<Object> doneWork() throws Exception {
        Object known = new Object();
        get(workers.submit("know", Duration.ofMinutes(5), known::hashCode));
        return new WeakReference<>(known);
    }

    @Test
    void bringsWhatWasThrown() {
        assertThatThrownBy(() -> get(workers.submit("fail", LONG, () -> {
                    throw new java.io.IOException("disk full");
                })))
                .hasCauseInstanceOf(java.io.IOException.class)
                .hasMessageContaining("disk full");
    }

    @Test
    void interruptsWorkAtItsLimit() throws Exception {
        CompletableFuture<String> inside = new CompletableFuture<>();
        CompletionStage<Void> stage = workers.submit("hang", Duration.ofMillis(50), () -> {
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                inside.complete("interrupted");
            }
            return null;
        });
        assertThatThrownBy(() -> get(stage)).hasCauseInstanceOf(TimeoutException.class);
        assertThat(inside.get(10, TimeUnit.SECONDS)).isEqualTo("interrupted");
        // the thread serves on, and is not interrupted once more
        assertThat(get(workers.submit("next", LONG, () -> Thread.currentThread().isInterrupted())))
                .isFalse();
    }

    @Test
    void workOfManyDoesNotNeedMoreThanItsThreads() throws Exception {
        AtomicInteger running = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        CountDownLatch go = new CountDownLatch(1);
        List<CompletionStage<Integer>> stages = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            stages.add(workers.submit("w" + i, LONG, () -> {
                most.accumulateAndGet(running.incrementAndGet(), Math::max);
                go.await();
                return running.decrementAndGet();
            }));
        }
        go.countDown();
        for (CompletionStage<Integer> stage : stages) {
            get(stage);
        }
        assertThat(most.get()).isBetween(2, 128);
    }
}
