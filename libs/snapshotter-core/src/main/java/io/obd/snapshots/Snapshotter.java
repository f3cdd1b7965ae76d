package io.obd.snapshots;

import io.obd.linux.Closing;
import io.obd.snapshots.Checkpoint.Step;
import io.obd.snapshots.SnapshotLocks.Held;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * containerd's snapshotter contract on directories, overlay mounts and the layers of a {@link LayerProvider}. Calls
 * may come from any number of threads. What containerd is to tell apart fails with a {@link SnapshotException}.
 *
 * <p>The order of every change keeps metadata and directories consistent whenever the process dies: a directory is
 * there before its record and goes after it, files of a layer are written before the record that makes them count.
 * Neither a transaction nor a lock that others need is held while a device or the network is waited for.
 */
public final class Snapshotter implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Snapshotter.class);

    /**
     * What happens beyond the contract.
     *
     * @param asyncRemove leave the directories of removed snapshots to {@link #cleanup}
     * @param detachUnused detach a layer when the last snapshot that shows it is removed, not only with the layer
     */
    public record Options(boolean asyncRemove, boolean detachUnused) {}

    private final DataDirectory data;
    private final MetadataStore store;
    private final SnapshotDirectories directories;
    private final LayerProvider provider;
    private final Layers layers;
    private final SnapshotMaker maker;
    private final Orphans orphans;
    private final BlockingCalls blocking;
    private final Options options;
    private final Clock clock;
    private final Checkpoint checkpoint;
    private final OverlayMounts overlay = new OverlayMounts();
    private final SnapshotLocks locks = new SnapshotLocks();

    private Snapshotter(
            DataDirectory data,
            MetadataStore store,
            SnapshotDirectories directories,
            LayerProvider provider,
            BlockingCalls blocking,
            Options options,
            Clock clock,
            Checkpoint checkpoint) {
        this.data = data;
        this.store = store;
        this.directories = directories;
        this.provider = provider;
        this.layers = new Layers(directories, provider);
        this.maker = new SnapshotMaker(store, directories, provider, layers, locks, clock, checkpoint);
        this.orphans = new Orphans(directories, store, blocking);
        this.blocking = blocking;
        this.options = options;
        this.clock = clock;
        this.checkpoint = checkpoint;
    }

    /**
     * Opens a data directory, new or used before, and brings in order what a killed process left.
     *
     * @param root made with mode 0700 if it is not there
     */
    public static Snapshotter open(Path root, LayerProvider provider, BlockingCalls blocking, Options options)
            throws IOException {
        return open(root, provider, blocking, options, Clock.systemUTC(), Checkpoint.NONE);
    }

    static Snapshotter open(
            Path root,
            LayerProvider provider,
            BlockingCalls blocking,
            Options options,
            Clock clock,
            Checkpoint checkpoint)
            throws IOException {
        DataDirectory data = DataDirectory.open(root);
        try {
            SnapshotDirectories directories = new SnapshotDirectories(data.snapshots());
            MetadataStore store = MetadataStore.open(data.metadata());
            try {
                Snapshotter opened =
                        new Snapshotter(data, store, directories, provider, blocking, options, clock, checkpoint);
                opened.recover();
                return opened;
            } catch (IOException | RuntimeException e) {
                Closing.after(e, List.<Closeable>of(store::close));
                throw e;
            }
        } catch (IOException | RuntimeException e) {
            Closing.after(e, List.<Closeable>of(data::close));
            throw e;
        }
    }

    private void recover() throws IOException {
        List<Layer> claimed = new ArrayList<>();
        int count = 0;
        for (Iterator<Snapshot> all = store.all(); all.hasNext(); count++) {
            Snapshot snapshot = all.next();
            Layer layer = layers.of(snapshot);
            if (!Files.isDirectory(layer.fs())) {
                restore(snapshot);
            }
            if (!layer.isOrdinary()) {
                claimed.add(layer);
            }
        }
        provider.recover(claimed);
        cleanup();
        directories.sync();
        LOG.info("{} snapshots, {} of them in a format of their own", count, claimed.size());
    }

    /** The directory of a snapshot that had nothing in it is made again, whatever else is gone cannot be helped. */
    private void restore(Snapshot snapshot) throws IOException {
        Path lost = directories.of(snapshot.id());
        if (snapshot.kind() == Kind.COMMITTED || !snapshot.layer().equals(Layer.ORDINARY)) {
            LOG.error("snapshot {} ({}): its directory {} is gone", snapshot.name(), snapshot.id(), lost);
            return;
        }
        LOG.warn("snapshot {}: {} did not reach the disk before it stopped, it is made again", snapshot.name(), lost);
        List<Path> below = store.chain(snapshot.name()).stream()
                .skip(1)
                .limit(1)
                .map(parent -> layers.of(parent).fs())
                .filter(Files::isDirectory)
                .toList();
        directories.restore(snapshot.id(), snapshot.kind(), below);
    }

    /**
     * Prepares a snapshot that can be written.
     *
     * @param parent name of a committed snapshot, or empty
     */
    public List<Mount> prepare(String key, String parent, Map<String, String> labels) throws IOException {
        return create(Kind.ACTIVE, key, parent, labels);
    }

    /** Prepares a read-only look at a committed snapshot. */
    public List<Mount> view(String key, String parent, Map<String, String> labels) throws IOException {
        return create(Kind.VIEW, key, parent, labels);
    }

    private List<Mount> create(Kind kind, String key, String parent, Map<String, String> labels) throws IOException {
        if (key.isEmpty()) {
            throw SnapshotException.invalid("the key is empty");
        }
        if (!parent.isEmpty() && store.find(parent).isEmpty()) {
            standIn(parent);
        }
        try (Held _ = hold(parent)) {
            List<Snapshot> below = parent.isEmpty() ? List.of() : store.chain(parent);
            if (!below.isEmpty()) {
                MetadataStore.requireCommitted(parent, below.getFirst().kind());
            }
            if (store.find(key).isPresent()) {
                throw SnapshotException.alreadyExists(key);
            }
            List<Layer> parents = layers.of(below);
            SnapshotMaker.Request request = new SnapshotMaker.Request(kind, key, labels, parents);
            return switch (provider.claim(kind, key, labels, parents)) {
                case Claim.Ordinary ordinary -> maker.ordinary(request, ordinary);
                case Claim.Own own -> maker.own(request, own.type());
                case Claim.Complete complete -> {
                    if (store.find(complete.name()).isEmpty()) {
                        maker.complete(request, complete);
                    }
                    throw new SnapshotException(
                            SnapshotException.Code.ALREADY_EXISTS, "target snapshot \"" + complete.name() + "\"");
                }
            };
        }
    }

    private void standIn(String missing) throws IOException {
        Optional<Map<String, String>> labels = provider.standIn(missing);
        if (labels.isPresent()) {
            SnapshotMaker.Request request = new SnapshotMaker.Request(Kind.COMMITTED, missing, labels.get(), List.of());
            maker.complete(request, new Claim.Complete(Layer.ORDINARY, missing, Map.of()));
            LOG.warn("snapshot {} is not known: an empty one stands in for it", missing);
        }
    }

    /**
     * The mounts of an active snapshot or a view, the same as when it was prepared. Attaches again what went away with
     * a reboot.
     */
    public List<Mount> mounts(String key) throws IOException {
        if (!needsProvider(key)) {
            return ordinaryMounts(key);
        }
        try (Held _ = hold(key)) {
            return mounts(store.chain(key));
        }
    }

    /** Whether the mounts of a snapshot are more than a look at directories, so that they may have to be waited for. */
    boolean needsProvider(String key) {
        Optional<Snapshot> snapshot = store.find(key);
        while (snapshot.isPresent()) {
            if (!snapshot.get().layer().equals(Layer.ORDINARY)) {
                return true;
            }
            snapshot = store.find(snapshot.get().parent());
        }
        return false;
    }

    /** The mounts of a snapshot that does not need the provider; nothing is waited for. */
    List<Mount> ordinaryMounts(String key) throws IOException {
        List<Snapshot> chain = store.chain(key);
        if (chain.stream().anyMatch(snapshot -> !snapshot.layer().equals(Layer.ORDINARY))) {
            throw SnapshotException.notFound(key); // since the look at it, another one took its name
        }
        return mounts(chain);
    }

    private List<Mount> mounts(List<Snapshot> chain) throws IOException {
        Snapshot snapshot = chain.getFirst();
        if (snapshot.kind() == Kind.COMMITTED) {
            throw SnapshotException.failedPrecondition(
                    "snapshot " + snapshot.name() + " is committed and has no mounts");
        }
        Layer layer = layers.of(snapshot);
        List<Layer> parents = layers.below(chain);
        if (!layer.isOrdinary()) {
            return overlay.of(provider.show(snapshot.kind(), layer, parents), layer);
        }
        return overlay.of(snapshot.kind(), layer.directory(), layers.attach(snapshot.labels(), parents));
    }

    /**
     * Makes an active snapshot immutable, under a new name and with other labels. Of several calls for one snapshot at once
     * the others find that it is not there any more.
     *
     * @param parent for a snapshot that was prepared without one: what it shall lie on; else empty or what it lies on
     */
    public void commit(String name, String key, Map<String, String> labels, String parent) throws IOException {
        if (name.isEmpty()) {
            throw SnapshotException.invalid("the name is empty");
        }
        long id = store.get(key).id();
        try (Held _ = locks.alone(id, ids(parent))) {
            if (store.find(name).isPresent()) {
                throw SnapshotException.alreadyExists(name);
            }
            Snapshot active = store.get(key);
            if (active.id() != id) {
                throw SnapshotException.notFound(key);
            }
            if (active.kind() != Kind.ACTIVE) {
                throw SnapshotException.failedPrecondition("snapshot " + key + " is not active");
            }
            String newParent = parentAtCommit(active, parent);
            Layer layer = layers.of(active);
            Usage usage = blocking.run(() -> {
                directories.sync();
                return DiskUsage.of(layer.directory(), List.of(layer.fs()));
            });
            List<Layer> parents = newParent.isEmpty() ? List.of() : layers.of(store.chain(newParent));
            LayerProvider.Commit commit = provider.commit(layer, labels, parents);
            checkpoint.reached(Step.COMMIT_PREPARED);
            Instant now = clock.instant();
            Snapshot committed = new Snapshot(
                    active.id(), name, newParent, Kind.COMMITTED, commit.type(), labelsAfter(commit, labels), now, now);
            store.commit(key, committed, usage);
            checkpoint.reached(Step.RECORD_COMMITTED);
        }
    }

    private static String parentAtCommit(Snapshot active, String parent) throws SnapshotException {
        if (!active.hasParent() || parent.isEmpty() || parent.equals(active.parent())) {
            return active.hasParent() ? active.parent() : parent;
        }
        throw SnapshotException.invalid(
                "snapshot " + active.name() + " lies on " + active.parent() + " and cannot be put on " + parent);
    }

    /** Removes a snapshot that has no children, with its data. */
    public void remove(String key) throws IOException {
        List<Snapshot> chain = store.chain(key);
        long id = chain.getFirst().id();
        directories.busy(id);
        try {
            removeRecord(key, id);
            if (!options.asyncRemove()) {
                orphans.remove(directories.of(id));
                checkpoint.reached(Step.DIRECTORY_DELETED);
            }
        } finally {
            directories.settled(id);
        }
        if (options.detachUnused()) {
            Layers.attachable(layers.below(chain)).ifPresent(this::detachIfUnused);
        }
    }

    private void removeRecord(String key, long id) throws IOException {
        try (Held _ = locks.alone(id)) {
            Snapshot snapshot = store.get(key);
            if (snapshot.id() != id) {
                throw SnapshotException.notFound(key);
            }
            if (store.hasChildren(snapshot)) {
                throw MetadataStore.hasChild(snapshot);
            }
            Layer layer = layers.of(snapshot);
            if (!layer.isOrdinary()) {
                provider.remove(layer);
                checkpoint.reached(Step.LAYER_DETACHED);
            }
            store.delete(snapshot);
            checkpoint.reached(Step.RECORD_DELETED);
        }
    }

    /** The removal that led here is done: a layer that cannot be detached now stays as it is. */
    private void detachIfUnused(Layer layer) {
        try (Held _ = locks.alone(layer.id())) {
            if (!store.isShown(layer.name())) {
                provider.detach(layer);
            }
        } catch (IOException e) {
            LOG.info("snapshot {} stays attached: {}", layer.id(), e.getMessage());
        }
    }

    /**
     * Removes the directories that belong to no snapshot, and what the provider keeps for none. What cannot be removed is
     * logged and tried again next time.
     */
    public void cleanup() throws IOException {
        orphans.removeAll();
        provider.cleanup();
    }

    /** What is known about a snapshot. */
    public Snapshot stat(String name) throws SnapshotException {
        return store.get(name);
    }

    /**
     * Changes labels.
     *
     * @param labels the new values
     * @param paths what of them counts: {@code labels} for all, {@code labels.<key>} for one, which is removed if it
     *     has no value; all if there are none
     */
    public Snapshot update(String name, Map<String, String> labels, Collection<String> paths) throws IOException {
        LabelUpdate update = LabelUpdate.of(labels, paths);
        return store.updateLabels(name, clock.instant(), update::applyTo);
    }

    /** Takes a page of a list. */
    public interface PageConsumer {
        void accept(List<Snapshot> page) throws IOException;
    }

    /**
     * Lists snapshots in pages of at most 100, in the order of their ids. Snapshots that come or go meanwhile may be
     * in it or not.
     *
     * @param filters in containerd's filter language; a snapshot that any of them matches is listed
     * @throws IOException what taking a page fails with; a {@link SnapshotException} if a filter is none
     */
    public void walk(List<String> filters, PageConsumer page) throws IOException {
        new Pages(store).forEach(Filter.anyOf(filters), page);
    }

    /** Disk space of a snapshot: as measured at its commit, or now if it is active or holds files of the provider. */
    public Usage usage(String key) throws IOException {
        Snapshot snapshot = store.get(key);
        Layer layer = layers.of(snapshot);
        if (layer.isOrdinary()) {
            Optional<Usage> measured = store.usage(snapshot.id());
            return measured.isPresent() ? measured.get() : measure(layer, List.of(layer.fs()));
        }
        return measure(layer, directories.contents(layer.id()));
    }

    private Usage measure(Layer layer, List<Path> trees) throws IOException {
        return blocking.run(() -> DiskUsage.of(layer.directory(), trees));
    }

    @Override
    public void close() throws IOException {
        try (DataDirectory _ = data) {
            store.close();
        }
    }

    /** Keeps a snapshot from being removed; an empty name is none. */
    private Held hold(String name) throws SnapshotException {
        return locks.shared(ids(name));
    }

    private List<Long> ids(String name) throws SnapshotException {
        return name.isEmpty() ? List.of() : List.of(store.get(name).id());
    }

    private static Map<String, String> labelsAfter(LayerProvider.Commit commit, Map<String, String> labels) {
        Map<String, String> after = new HashMap<>(labels);
        after.keySet().removeAll(commit.without());
        after.putAll(commit.labels());
        return after;
    }
}
