package io.holdfast.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class OutboxTest {
    private final Threads threads = new Threads();

    @AfterEach
    void close() {
        threads.close();
    }

    @Test
    void oneThatTakesNothingHoldsUpNobodyAndNoMoreThanItsBoundWaits() throws Exception {
        CountDownLatch open = new CountDownLatch(1);
        List<Integer> toHung = new CopyOnWriteArrayList<>();
        BlockingQueue<Integer> toOther = new LinkedBlockingQueue<>();
        Outbox outbox = new Outbox(threads, (node, frame) -> {
            if (node.equals("hung")) {
                try {
                    open.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                toHung.add((int) frame[0]);
            } else {
                toOther.add((int) frame[0]);
            }
        });
        int megabyte = 1 << 20;
        for (int i = 0; i < 40; i++) {
            byte[] large = new byte[megabyte];
            large[0] = (byte) i;
            outbox.send("hung", large);
            outbox.send("other", new byte[] {(byte) i});
        }
        for (int i = 0; i < 40; i++) {
            assertThat(toOther.poll(Net.PATIENCE, TimeUnit.SECONDS)).isEqualTo(i);
        }
        open.countDown();
        outbox.send("other", new byte[] {99});
        assertThat(toOther.poll(Net.PATIENCE, TimeUnit.SECONDS)).isEqualTo(99);
        for (int i = 0; i < 500 && toHung.size() < Outbox.MAX_BYTES / megabyte; i++) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
        // what was under way and what could wait, in order
        assertThat(toHung)
                .hasSizeBetween(Outbox.MAX_BYTES / megabyte, Outbox.MAX_BYTES / megabyte + 1)
                .isSorted();
    }
}
