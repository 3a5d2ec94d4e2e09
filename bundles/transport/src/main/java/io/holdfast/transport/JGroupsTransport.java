package io.holdfast.transport;

import io.holdfast.api.runtime.NodeSettings;
import io.holdfast.api.transport.Delivery;
import io.holdfast.api.transport.MessageHandler;
import io.holdfast.api.transport.ObjectSource;
import io.holdfast.api.transport.Registration;
import io.holdfast.api.transport.RequestHandler;
import io.holdfast.api.transport.Transport;
import io.holdfast.api.transport.View;
import io.holdfast.api.transport.ViewListener;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The transport on JGroups.
 *
 * <p>Urgent messages and requests go past JGroups on connections of their own, to a node's last known address, whatever the view
 * says. Views and reliable messages are JGroups' own; its packets travel on connections of the same kind.
 */
public final class JGroupsTransport implements Transport, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(JGroupsTransport.class);

    /** Who refuses is called again every 2 s; milliseconds. */
    private static final int REFUSAL_LIFE = 5_000;

    private final NodeSettings settings;
    private final String self;
    private final Timing timing;
    private final Threads threads = new Threads();
    private final Peers peers;
    private final Wire wire;
    private final Group group;
    private final Requests requests;
    private final Outbox outbox;
    private final Parcels parcels;
    private final Map<String, MessageHandler> receivers = new ConcurrentHashMap<>();
    private final Map<String, RequestHandler> answerers = new ConcurrentHashMap<>();
    private final List<ViewListener> viewers = new CopyOnWriteArrayList<>();
    private final Set<String> complaints = ConcurrentHashMap.newKeySet();
    private final Refusals refusals;
    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile View view = new View(0, View.Phase.INIT, List.of());

    /**
     * Binds the port and begins to look for the others; it waits for nobody.
     *
     * @throws UncheckedIOException if the address is not one of this machine's or the port is taken; the message says which
     */
    public JGroupsTransport(NodeSettings settings) {
        this.settings = settings;
        self = settings.node();
        timing = Timing.of(settings.lease());
        refusals = new Refusals(Wire.nanos(Math.max(REFUSAL_LIFE, 4 * timing.silence())));
        SecureRandom random = new SecureRandom();
        long instance = random.nextLong() | 1; // never 0
        try {
            InetSocketAddress local = new InetSocketAddress(InetAddress.getByName(settings.bind()), settings.port());
            peers = new Peers(settings);
            wire = new Wire(
                    local,
                    timing,
                    new FromWire(),
                    (callee, lane) -> new Hello(Hello.VERSION, settings.cluster(), self, instance, local, lane, callee),
                    (name, task) -> Threads.daemon(Threads.PREFIX + name, task));
            group = new Group(settings, local, wire, timing, peers, new FromGroup());
        } catch (IOException e) {
            threads.close();
            throw new UncheckedIOException(
                    "Port " + settings.port() + " of " + settings.bind() + " cannot be used (" + e.getMessage()
                            + "). Does another node run there, or is the address not of this machine?",
                    e);
        }
        requests = new Requests(threads, random.nextLong());
        outbox = new Outbox(threads, this::sendReliable);
        parcels = new Parcels(this, threads, random.nextLong());
        wire.start();
        group.start();
        threads.timer.scheduleWithFixedDelay(() -> look(true), timing.look(), timing.look(), TimeUnit.MILLISECONDS);
        threads.timer.scheduleWithFixedDelay(
                () -> {
                    if (peers.unresolved()) {
                        threads.run(threads.blocking, () -> peers.resolve(false));
                    }
                },
                2,
                2,
                TimeUnit.SECONDS);
    }

    @Override
    public String self() {
        return self;
    }

    @Override
    public View view() {
        return view;
    }

    @Override
    public Map<String, String> refusals() {
        return refusals.standing(Wire.now());
    }

    @Override
    public Registration watch(ViewListener listener) {
        later(() -> {
            viewers.add(listener);
            listener.viewed(view);
        });
        return () -> {
            viewers.remove(listener);
            later(() -> viewers.remove(listener)); // if it was not added yet
        };
    }

    @Override
    public Registration receive(String topic, MessageHandler handler) {
        receivers.put(topic, handler);
        return () -> receivers.remove(topic, handler);
    }

    @Override
    public Registration answer(String topic, RequestHandler handler) {
        answerers.put(topic, handler);
        return () -> answerers.remove(topic, handler);
    }

    @Override
    public void send(String node, String topic, byte[] payload, Delivery delivery) {
        check(payload);
        Frame frame = new Frame(Frame.Kind.MESSAGE, 0, topic, payload.clone());
        byte[] bytes = frame.encode();
        if (node.equals(self)) {
            dispatch(self, frame);
        } else if (delivery == Delivery.URGENT) {
            sendNow(node, bytes);
        } else {
            outbox.send(node, bytes);
        }
    }

    @Override
    public void broadcast(String topic, byte[] payload, Delivery delivery) {
        send(self, topic, payload, delivery);
        for (String node : view.nodes()) {
            if (!node.equals(self)) {
                send(node, topic, payload, delivery);
            }
        }
    }

    @Override
    public CompletionStage<byte[]> request(String node, String topic, byte[] payload, Duration limit) {
        check(payload);
        if (limit.isZero() || limit.isNegative()) {
            throw new IllegalArgumentException("the limit of a request must be more than zero: " + limit);
        }
        long number = requests.number();
        Frame frame = new Frame(Frame.Kind.REQUEST, number, topic, payload.clone());
        byte[] bytes = frame.encode();
        CompletableFuture<byte[]> answer = requests.expect(number, node, topic, limit);
        if (answer.isDone()) {
            return answer;
        }
        if (node.equals(self)) {
            dispatch(self, frame);
        } else {
            sendNow(node, bytes);
        }
        return answer;
    }

    @Override
    public Registration offer(String topic, ObjectSource source) {
        return parcels.offer(topic, source);
    }

    @Override
    public CompletionStage<Long> fetch(String node, String topic, String name, OutputStream sink, Duration limit) {
        return parcels.fetch(node, topic, name, sink, limit);
    }

    /** Leaves and closes everything; afterwards the ports are free. Takes about 100 ms, and at most some 500. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            group.close();
            wire.close();
            requests.close();
            parcels.close();
            threads.close();
        }
    }

    /** For tests: what is left of a process that was killed. */
    void vanish() {
        wire.close();
    }

    /** For tests. */
    int waitingRequests() {
        return requests.size();
    }

    private static void check(byte[] payload) {
        if (payload.length > MAX_MESSAGE) {
            throw new IllegalArgumentException(
                    "a message of " + payload.length + " bytes; " + MAX_MESSAGE + " are the most: use fetch");
        }
    }

    private void sendNow(String node, byte[] frame) {
        InetSocketAddress address = peers.address(node);
        if (address == null) {
            log.debug("Where {} is nobody has told yet; a message to it is dropped", node);
            return;
        }
        wire.send(node, address, frame.length <= Lane.SMALL ? Lane.URGENT : Lane.BULK, frame);
    }

    private void sendReliable(String node, byte[] frame) {
        if (!group.send(node, frame)) {
            sendNow(node, frame);
        }
    }

    /** Hands a frame to who handles it; whatever thread. */
    private void dispatch(String from, Frame frame) {
        switch (frame.kind()) {
            case MESSAGE -> threads.run(threads.messages, () -> deliver(from, frame));
            case REQUEST -> threads.run(threads.requests, () -> serve(from, frame));
            case ANSWER, FAILURE -> threads.run(threads.answers, () -> requests.answered(from, frame));
        }
    }

    private void deliver(String from, Frame frame) {
        MessageHandler handler = receivers.get(frame.topic());
        if (handler == null) {
            log.debug("Nobody receives {} (from {}) here", frame.topic(), from);
        } else {
            handler.received(from, frame.payload());
        }
    }

    private void serve(String from, Frame frame) {
        RequestHandler handler = answerers.get(frame.topic());
        if (handler == null) {
            reply(from, frame.id(), null, new IOException("nobody answers " + frame.topic() + " there at present"));
            return;
        }
        try {
            handler.answer(from, frame.payload())
                    .whenComplete((answer, failure) -> reply(from, frame.id(), answer, failure));
        } catch (RuntimeException e) {
            reply(from, frame.id(), null, e);
        }
    }

    private void reply(String to, long number, byte @Nullable [] answer, @Nullable Throwable failure) {
        Frame frame;
        if (answer != null && answer.length <= MAX_MESSAGE) {
            frame = new Frame(Frame.Kind.ANSWER, number, "", answer);
        } else {
            frame = new Frame(
                    Frame.Kind.FAILURE, number, "", message(answer, failure).getBytes(StandardCharsets.UTF_8));
        }
        if (to.equals(self)) {
            dispatch(self, frame);
        } else {
            sendNow(to, frame.encode());
        }
    }

    private static String message(byte @Nullable [] answer, @Nullable Throwable failure) {
        if (answer != null) {
            return "the answer has " + answer.length + " bytes; " + MAX_MESSAGE + " are the most";
        }
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (cause == null) {
            return "the handler gave no answer";
        }
        String text =
                Objects.requireNonNullElse(cause.getMessage(), cause.getClass().getSimpleName());
        return text.length() > 4000 ? text.substring(0, 4000) : text;
    }

    private void later(Runnable task) {
        try {
            threads.timer.execute(() -> {
                try {
                    task.run();
                } catch (RuntimeException e) {
                    log.error("A listener of views failed; the transport goes on", e);
                }
            });
        } catch (RejectedExecutionException e) {
            log.trace("Closed", e);
        }
    }

    /** Once for each: a foreign cluster's node calls every few milliseconds. */
    private boolean first(String complaint) {
        if (complaints.size() > 256) {
            complaints.clear();
        }
        return complaints.add(complaint);
    }

    // The view: its set is JGroups' agreement, its phase what we see ourselves

    /** Compares who is heard with who is in the view; on the timer's thread alone. */
    private void look(boolean turn) {
        View present = view;
        if (present.phase() == View.Phase.INIT) {
            return;
        }
        Set<String> heard =
                new TreeSet<>(peers.alive(Wire.nanos(timing.failureDetection())).keySet());
        heard.add(self);
        if (turn) {
            hurry(!present.nodes().containsAll(heard));
        }
        View.Phase phase = heard.equals(new TreeSet<>(present.nodes())) ? View.Phase.CHANGED : View.Phase.CHANGING;
        if (phase != present.phase()) {
            log.debug("View {} is {}: in it are {}, heard are {}", present.number(), phase, present.nodes(), heard);
            tell(new View(present.number(), phase, present.nodes()));
        }
    }

    /** Turns of {@link #look} in a row in which somebody outside the view was heard. */
    private int outsiders;

    /** After a partition JGroups would take its time to notice: at every second turn views are told, at the next one merged. */
    private void hurry(boolean outsider) {
        outsiders = outsider ? outsiders + 1 : 0;
        if (outsiders > 1) {
            threads.run(threads.blocking, outsiders % 2 == 0 ? group::tellViews : group::mergeViews);
        }
    }

    private void tell(View fresh) {
        view = fresh;
        for (ViewListener viewer : viewers) {
            try {
                viewer.viewed(fresh);
            } catch (RuntimeException e) {
                log.error("A listener of views failed; the transport goes on", e);
            }
        }
    }

    private void install(Map<String, InetSocketAddress> members) {
        members.forEach((node, address) -> {
            if (!node.equals(self)) {
                peers.seen(node, address);
                peers.heard(node);
            }
        });
        View old = view;
        View fresh = new View(
                old.number() + 1,
                View.Phase.CHANGED,
                members.keySet().stream().sorted().toList());
        log.info("View {}: {}{}", fresh.number(), String.join(", ", fresh.nodes()), difference(old, fresh));
        tell(fresh);
    }

    private static String difference(View old, View fresh) {
        Set<String> came = new TreeSet<>(fresh.nodes());
        old.nodes().forEach(came::remove);
        Set<String> went = new TreeSet<>(old.nodes());
        fresh.nodes().forEach(went::remove);
        return (came.isEmpty() ? "" : "; came: " + String.join(", ", came))
                + (went.isEmpty() ? "" : "; not seen any more: " + String.join(", ", went));
    }

    private final class FromGroup implements Group.Listener {
        @Override
        public void viewed(Map<String, InetSocketAddress> members) {
            later(() -> install(members));
        }

        /** On the thread of JGroups that keeps the order, so that a slow handler slows its sender down. */
        @Override
        public void received(String from, byte[] frame) {
            try {
                deliver(from, Frame.decode(frame));
            } catch (RuntimeException e) {
                log.error("A message from {} could not be handled; the transport goes on", from, e);
            }
        }
    }

    private final class FromWire implements Wire.Listener {
        @Override
        public @Nullable String admit(Hello hello) {
            String reason = refusal(hello);
            if (reason != null && first(hello.cluster() + " " + hello.node() + " " + reason)) {
                log.warn(
                        "{} at {} (cluster {}) is refused: {}",
                        hello.node().isEmpty() ? "A node" : "Node " + hello.node(),
                        hello.address(),
                        hello.cluster(),
                        reason);
            }
            if (reason == null) {
                later(() -> look(false));
            }
            return reason;
        }

        private @Nullable String refusal(Hello hello) {
            if (hello.version() != Hello.VERSION) {
                return self + " speaks version " + Hello.VERSION + " of the protocol, not " + hello.version()
                        + ": install the same version of Holdfast on both";
            }
            if (!hello.cluster().equals(settings.cluster())) {
                return self + " belongs to the cluster " + settings.cluster() + ", not to " + hello.cluster()
                        + ": set 'cluster' or the addresses in 'voters' right";
            }
            if (!hello.callee().isEmpty() && !hello.callee().equals(self)) {
                return "this is " + self + ", not " + hello.callee() + ": set the addresses in 'voters' right";
            }
            if (hello.node().equals(self) || !peers.admit(hello, Wire.nanos(2 * timing.silence()))) {
                return "another node that runs is named " + hello.node() + ": give one of them another name, 'node'";
            }
            return null;
        }

        @Override
        public void received(Hello from, byte[] frame) {
            peers.heard(from.node());
            if (from.lane() == Lane.GROUP) {
                group.packet(from.address(), frame);
                return;
            }
            try {
                dispatch(from.node(), Frame.decode(frame));
            } catch (IllegalArgumentException e) {
                log.warn("{} sent what is no message: {}", from.node(), e.getMessage());
            }
        }

        @Override
        public void gone(Hello from) {
            peers.gone(from);
            later(() -> look(false));
        }

        @Override
        public void arrived(String node, InetSocketAddress address) {
            refusals.admitted(address);
            if (!node.isEmpty()) {
                peers.heard(node);
            }
        }

        @Override
        public void refused(String node, InetSocketAddress address, String reason) {
            boolean news = refusals.refused(node.isEmpty() ? peers.name(address) : node, address, reason, Wire.now());
            if (news && first(address + " " + reason)) {
                log.error("The node at {} refuses this one: {}", address, reason);
            }
        }
    }
}
