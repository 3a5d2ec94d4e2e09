package io.holdfast.fencing.internal;

import io.holdfast.api.cluster.ClusterException;
import io.holdfast.api.fencing.FenceException;
import io.holdfast.api.fencing.FenceType;
import io.holdfast.api.fencing.FenceTypes;
import io.holdfast.api.runtime.Loop;
import io.holdfast.api.runtime.Workers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** What kinds of fence device there are, with their parameters: bundles' and executables. */
final class FenceCatalog implements FenceTypes {
    /** So many agents answer at a time: most are scripts that cost a processor a tenth of a second, and the node has other things to do. */
    private static final int LANES = 2;

    private static final Duration ONE = Duration.ofSeconds(10);
    private static final Duration GRACE = Duration.ofSeconds(2);

    private final Loop loop;
    private final Workers workers;
    private final AgentShelf agents;
    private final DeviceDirectory devices;

    FenceCatalog(Loop loop, Workers workers, AgentShelf agents, DeviceDirectory devices) {
        this.loop = loop;
        this.workers = workers;
        this.agents = agents;
        this.devices = devices;
    }

    @Override
    public CompletionStage<List<FenceType>> all(Duration limit) {
        long end = loop.nanos() + limit.toNanos();
        List<CompletableFuture<List<FenceType>>> lanes = new ArrayList<>();
        for (int i = 0; i < LANES; i++) {
            int lane = i;
            lanes.add(workers.submit("metadata of fence agents", limit.plus(ONE).plus(GRACE), () -> read(lane, end))
                    .toCompletableFuture());
        }
        return CompletableFuture.allOf(lanes.toArray(CompletableFuture[]::new)).thenApply(nothing -> {
            List<FenceType> types = new ArrayList<>(services());
            lanes.forEach(lane -> types.addAll(lane.join()));
            types.sort(Comparator.comparing(FenceType::name));
            return List.copyOf(types);
        });
    }

    private List<FenceType> services() {
        return devices.services().keySet().stream().map(FenceCatalog::service).toList();
    }

    private static FenceType service(String name) {
        return new FenceType(name, "", "offered by a bundle of this node", "", List.of(), List.of());
    }

    private List<FenceType> read(int lane, long end) throws InterruptedException {
        List<FenceType> types = new ArrayList<>();
        int position = 0;
        for (Map.Entry<String, Path> entry : agents.all().entrySet()) {
            if (position++ % LANES == lane) {
                types.add(read(entry.getKey(), entry.getValue(), Duration.ofNanos(end - loop.nanos())));
            }
        }
        return types;
    }

    private FenceType read(String name, Path path, Duration left) throws InterruptedException {
        try {
            if (left.isNegative() || left.isZero()) {
                return unknown(name, path, "not asked, the time was over: ask again, with a longer --wait");
            }
            AgentMetadata read = agents.agent(path).metadata(left.compareTo(ONE) < 0 ? left : ONE);
            return new FenceType(
                    name,
                    path.toString(),
                    read.description(),
                    read.lacking(),
                    read.actions(),
                    List.copyOf(read.parameters().values()));
        } catch (FenceException e) {
            return unknown(name, path, String.valueOf(e.getMessage()));
        }
    }

    private static FenceType unknown(String name, Path path, String problem) {
        return new FenceType(name, path.toString(), "", problem, List.of(), List.of());
    }

    @Override
    public CompletionStage<FenceType> one(String name, Duration limit) {
        if (devices.services().containsKey(name)) {
            return CompletableFuture.completedFuture(service(name));
        }
        return workers.submit("metadata of " + name, limit.plus(GRACE), () -> {
            Optional<Path> found = agents.find(name);
            if (found.isEmpty()) {
                throw new ClusterException(ClusterException.Kind.REFUSED, "There is " + AgentShelf.missing(name) + ".");
            }
            return read(name, found.get(), limit);
        });
    }
}
