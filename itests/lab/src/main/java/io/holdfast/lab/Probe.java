package io.holdfast.lab;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A client outside the nodes: connects to every target each 10 ms and prints what it saw, in milliseconds since the boot of this
 * machine. Ends when its standard input does.
 *
 * <p>Lines: {@code up TARGET MS ANSWER} (an answer, or another than before), {@code down TARGET MS} (the time of the last answer, once
 * 100 ms have passed without one), {@code gap TARGET FROM TO} (no answer for more than 25 ms), {@code mac MS ADDRESS} (who answers ARP for the service address), {@code has MS NODE}
 * (whose sockets they are), {@code twice MS TEXT} (two at once).
 */
public final class Probe {
    private static final long INTERVAL_MS = 10;
    private static final int CONNECT_LIMIT_MS = 250;
    private static final long DOWN_AFTER_MS = 100;
    private static final long GAP_MS = 25;

    private final Map<String, Target> targets = new LinkedHashMap<>();
    private final ConcurrentLinkedQueue<String> lines = new ConcurrentLinkedQueue<>();

    private static final class Target {
        final String name;
        final InetSocketAddress address;
        final AtomicInteger open = new AtomicInteger();
        long lastAnswer;
        String answer = "";
        boolean up;

        Target(String name, InetSocketAddress address) {
            this.name = name;
            this.address = address;
        }
    }

    private Probe() {}

    /**
     * Starts it.
     *
     * @param arguments {@code NAME=ADDRESS:PORT} for each target; {@code arp=ADDRESS} to watch who answers for it; {@code sockets=ADDRESS:PORT} to
     *     watch which node's they are
     */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        Probe probe = new Probe();
        List<Runnable> watches = new ArrayList<>();
        for (String argument : arguments) {
            String name = argument.substring(0, argument.indexOf('='));
            String value = argument.substring(argument.indexOf('=') + 1);
            if (name.equals("arp")) {
                watches.add(new ArpWatch("eth0", value, probe.lines::add));
            } else if (name.equals("sockets")) {
                watches.add(new SocketWatch(value, probe.lines::add));
            } else {
                int colon = value.lastIndexOf(':');
                probe.targets.put(
                        name,
                        new Target(
                                name,
                                new InetSocketAddress(
                                        value.substring(0, colon), Integer.parseInt(value.substring(colon + 1)))));
            }
        }
        probe.run(watches);
    }

    private void run(List<Runnable> watches) throws IOException, InterruptedException {
        ScheduledExecutorService timer = Executors.newScheduledThreadPool(2, task -> daemon(task, "probe-timer"));
        var connecting = Executors.newCachedThreadPool(task -> daemon(task, "probe-connect"));
        for (Target target : targets.values()) {
            timer.scheduleAtFixedRate(
                    () -> {
                        if (target.open.get() < 40) {
                            target.open.incrementAndGet();
                            connecting.execute(() -> attempt(target));
                        }
                        look(target);
                    },
                    0,
                    INTERVAL_MS,
                    TimeUnit.MILLISECONDS);
        }
        watches.forEach(watch -> daemon(watch, "probe-watch").start());
        timer.scheduleAtFixedRate(this::print, 20, 20, TimeUnit.MILLISECONDS);
        while (System.in.read() >= 0) {
            // until the end of input
        }
        timer.shutdownNow();
        timer.awaitTermination(1, TimeUnit.SECONDS);
        print();
        System.exit(0);
    }

    private static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    private synchronized void print() {
        for (String line = lines.poll(); line != null; line = lines.poll()) {
            System.out.println(line);
        }
        System.out.flush();
    }

    static long nowMs() {
        return System.nanoTime() / 1_000_000;
    }

    private void attempt(Target target) {
        try (Socket socket = new Socket()) {
            socket.connect(target.address, CONNECT_LIMIT_MS);
            socket.setSoTimeout(CONNECT_LIMIT_MS);
            InputStream in = socket.getInputStream();
            String answer = new String(in.readNBytes(200), StandardCharsets.UTF_8).strip();
            if (!answer.isEmpty()) {
                answered(target, answer);
            }
        } catch (IOException e) {
            // no answer: that is what is measured
        } finally {
            target.open.decrementAndGet();
        }
    }

    private void answered(Target target, String answer) {
        synchronized (target) {
            long now = nowMs();
            if (target.lastAnswer > 0 && now - target.lastAnswer > GAP_MS) {
                lines.add("gap " + target.name + " " + target.lastAnswer + " " + now);
            }
            target.lastAnswer = now;
            if (!target.up || !target.answer.equals(answer)) {
                lines.add("up " + target.name + " " + now + " " + answer);
            }
            target.up = true;
            target.answer = answer;
        }
    }

    private void look(Target target) {
        synchronized (target) {
            if (target.up && nowMs() - target.lastAnswer > DOWN_AFTER_MS) {
                target.up = false;
                lines.add("down " + target.name + " " + target.lastAnswer);
            }
        }
    }
}
