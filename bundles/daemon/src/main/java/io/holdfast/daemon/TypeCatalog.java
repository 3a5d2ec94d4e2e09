package io.holdfast.daemon;

import io.holdfast.api.resource.Promotable;
import io.holdfast.api.resource.Promotion;
import io.holdfast.api.resource.ResourceType;
import io.holdfast.api.resource.ResourceTypes;
import io.holdfast.api.resource.TypeDescription;
import io.holdfast.api.runtime.Loop;
import io.holdfast.api.runtime.Scheduled;
import io.holdfast.api.runtime.Workers;
import io.holdfast.api.transport.Registration;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The types of resources on offer on this node: those that bundles register, and families of them. They come and go while the daemon
 * runs. {@code add} and {@code remove} from any thread, everything else on the loop; what their code does runs on workers.
 */
public final class TypeCatalog implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(TypeCatalog.class);

    /** A look at files, or a constant. */
    private static final Duration LIMIT = Duration.ofSeconds(10);

    /** New agents in a folder are on offer after this. */
    private static final Duration REFRESH = Duration.ofSeconds(30);

    private final Loop loop;
    private final Workers workers;
    private final Map<ResourceType, Optional<TypeDescription>> types = new LinkedHashMap<>();
    private final Map<ResourceTypes, Set<String>> families = new LinkedHashMap<>();
    private final Map<String, TypeDescription> described = new TreeMap<>();
    private final List<Runnable> listeners = new ArrayList<>();
    private Set<String> names = Set.of();
    private Scheduled refreshing;
    private boolean closed;

    /** Creates an empty one. */
    public TypeCatalog(Loop loop, Workers workers) {
        this.loop = loop;
        this.workers = workers;
        refreshing = loop.schedule(REFRESH, this::refresh);
    }

    /** A bundle registered a type. */
    public void add(ResourceType type) {
        loop.execute(() -> {
            types.put(type, Optional.empty());
            workers.submit("describe a new type", LIMIT, type::describe).whenComplete((description, failure) -> {
                if (closed || !types.containsKey(type)) {
                    return;
                }
                if (failure != null || description == null) {
                    log.warn("A type of {} does not describe itself, so it is not on offer", type.getClass(), failure);
                    return;
                }
                if (provider(description.name()).isPresent()) {
                    log.warn("Type {} is registered twice; the first one is used", description.name());
                }
                types.put(type, Optional.of(description));
                changed();
            });
        });
    }

    /** It is gone. What runs of it is left running. */
    public void remove(ResourceType type) {
        loop.execute(() -> {
            Optional<TypeDescription> description = types.getOrDefault(type, Optional.empty());
            types.remove(type);
            description.ifPresent(gone -> described.remove(gone.name()));
            changed();
        });
    }

    /** A bundle registered a family. */
    public void add(ResourceTypes family) {
        loop.execute(() -> {
            families.put(family, Set.of());
            look(family);
        });
    }

    /** It is gone. What runs of it is left running. */
    public void remove(ResourceTypes family) {
        loop.execute(() -> {
            Set<String> gone = families.getOrDefault(family, Set.of());
            families.remove(family);
            gone.forEach(described::remove);
            changed();
        });
    }

    /** {@return the full names on offer} */
    public Set<String> names() {
        return names;
    }

    /** Calls back when {@link #names} changed. */
    public Registration onChange(Runnable changed) {
        listeners.add(changed);
        return () -> listeners.remove(changed);
    }

    /** {@return finds the type; to be called on a worker} */
    public Callable<Optional<ResourceType>> finder(String name) {
        Optional<ResourceType> type = provider(name);
        if (type.isPresent()) {
            return () -> type;
        }
        List<ResourceTypes> candidates = candidates(name);
        return () -> {
            for (ResourceTypes family : candidates) {
                Optional<ResourceType> found = family.find(name);
                if (found.isPresent()) {
                    return found;
                }
            }
            return Optional.empty();
        };
    }

    /** {@return who offers the type; equal to an earlier answer as long as none of them came or went} */
    List<Object> offering(String name) {
        return provider(name).map(List::<Object>of).orElseGet(() -> List.copyOf(candidates(name)));
    }

    private List<ResourceTypes> candidates(String name) {
        return families.entrySet().stream()
                .filter(family -> family.getValue().contains(name))
                .map(Map.Entry::getKey)
                .toList();
    }

    /** {@return what the type says of itself; empty if it is not on offer or does not say} */
    public CompletionStage<Optional<TypeDescription>> describe(String name) {
        TypeDescription known = described.get(name);
        if (known != null) {
            return CompletableFuture.completedFuture(Optional.of(known));
        }
        if (!names.contains(name)) {
            return CompletableFuture.completedFuture(Optional.empty());
        }
        Callable<Optional<ResourceType>> finder = finder(name);
        List<Object> offering = offering(name);
        return workers.submit("describe " + name, LIMIT, () -> finder.call().map(TypeCatalog::description))
                .handle((description, failure) -> {
                    if (failure != null) {
                        if (offering(name).equals(offering)) { // else its bundle is gone, and it is no fault of its
                            log.warn("Type {} does not describe itself", name, failure);
                        }
                        return Optional.<TypeDescription>empty();
                    }
                    description.filter(now -> names.contains(name)).ifPresent(now -> described.put(name, now));
                    return description;
                });
    }

    /** What it says, and that it can be promoted though it does not say how long that takes. */
    private static TypeDescription description(ResourceType type) {
        TypeDescription said = type.describe();
        return type instanceof Promotable && said.promotion().isEmpty() ? said.promoting(Promotion.USUAL) : said;
    }

    private Optional<ResourceType> provider(String name) {
        return types.entrySet().stream()
                .filter(type -> type.getValue().isPresent()
                        && type.getValue().get().name().equals(name))
                .map(Map.Entry::getKey)
                .findFirst();
    }

    private void look(ResourceTypes family) {
        workers.submit("list types", LIMIT, family::names).whenComplete((found, failure) -> {
            if (closed || !families.containsKey(family)) {
                return;
            }
            if (failure != null) {
                log.warn("The family of types {} cannot be listed", family.getClass(), failure);
                return;
            }
            families.put(family, new TreeSet<>(found));
            changed();
        });
    }

    private void refresh() {
        if (!closed) {
            List.copyOf(families.keySet()).forEach(this::look);
            refreshing = loop.schedule(REFRESH, this::refresh);
        }
    }

    private void changed() {
        Set<String> now = new TreeSet<>();
        types.values().forEach(type -> type.ifPresent(description -> now.add(description.name())));
        families.values().forEach(now::addAll);
        if (!now.equals(names)) {
            names = Set.copyOf(now);
            described.keySet().retainAll(now);
            List.copyOf(listeners).forEach(Runnable::run);
        }
    }

    @Override
    public void close() {
        closed = true;
        refreshing.cancel(); // until it is due it holds all of this bundle, and with it that of before a swap
        listeners.clear();
    }
}
