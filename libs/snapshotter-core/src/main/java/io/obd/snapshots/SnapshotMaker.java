package io.obd.snapshots;

import io.obd.snapshots.Checkpoint.Step;
import io.obd.snapshots.SnapshotLocks.Held;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Makes new snapshots: directory first, record last. What fails in between leaves nothing. */
final class SnapshotMaker {
    private final MetadataStore store;
    private final SnapshotDirectories directories;
    private final LayerProvider provider;
    private final Layers layers;
    private final SnapshotLocks locks;
    private final Clock clock;
    private final Checkpoint checkpoint;
    private final OverlayMounts overlay = new OverlayMounts();

    SnapshotMaker(
            MetadataStore store,
            SnapshotDirectories directories,
            LayerProvider provider,
            Layers layers,
            SnapshotLocks locks,
            Clock clock,
            Checkpoint checkpoint) {
        this.store = store;
        this.directories = directories;
        this.provider = provider;
        this.layers = layers;
        this.locks = locks;
        this.clock = clock;
        this.checkpoint = checkpoint;
    }

    /**
     * What a caller asked for.
     *
     * @param key name that it is to have
     * @param parents layers below it, which the caller holds
     */
    record Request(Kind kind, String key, Map<String, String> labels, List<Layer> parents) {
        String parent() {
            return parents.isEmpty() ? "" : parents.getFirst().name();
        }

        /** The directory of the parent, as what the new directory resembles. */
        List<Path> parentFs() {
            return parents.stream().limit(1).map(Layer::fs).toList();
        }
    }

    /** A plain directory over everything below it, which is attached for this. */
    List<Mount> ordinary(Request request, Claim.Ordinary claim) throws IOException {
        Map<String, String> labels = without(claim.without(), request.labels());
        // From the attach until the record exists, nobody may find the attached layer unused.
        List<Long> attached =
                Layers.attachable(request.parents()).stream().map(Layer::id).toList();
        try (Held _ = locks.shared(attached)) {
            List<Path> lowers = layers.attach(labels, request.parents());
            Snapshot snapshot = snapshot(request.key(), request.kind(), Layer.ORDINARY, request, labels);
            return overlay.of(request.kind(), insert(snapshot, request.parents(), lowers, claim.quota()), lowers);
        }
    }

    /**
     * A snapshot of the provider's. Its record comes before its device, so that no device is left over that nobody
     * knows of.
     */
    List<Mount> own(Request request, String type) throws IOException {
        Snapshot snapshot = snapshot(request.key(), request.kind(), type, request, request.labels());
        Layer layer = layers.of(snapshot);
        try (Held _ = locks.shared(List.of(snapshot.id()))) {
            insert(snapshot, request.parents(), request.parentFs(), 0);
            try {
                List<Mount> mounts = overlay.of(provider.show(request.kind(), layer, request.parents()), layer);
                checkpoint.reached(Step.LAYER_SHOWN);
                return mounts;
            } catch (IOException | RuntimeException e) {
                takeBack(e, snapshot, layer);
                throw e;
            }
        }
    }

    /** A layer of the provider's that is committed from the start. */
    void complete(Request request, Claim.Complete claim) throws IOException {
        Map<String, String> labels = new HashMap<>(request.labels());
        labels.putAll(claim.labels());
        Snapshot snapshot = snapshot(claim.name(), Kind.COMMITTED, claim.type(), request, labels);
        insert(snapshot, request.parents(), request.parentFs(), 0);
    }

    private Snapshot snapshot(String name, Kind kind, String type, Request request, Map<String, String> labels)
            throws IOException {
        long id = store.reserveId();
        checkpoint.reached(Step.ID_RESERVED);
        Instant now = clock.instant();
        return new Snapshot(id, name, request.parent(), kind, type, labels, now, now);
    }

    private Path insert(Snapshot snapshot, List<Layer> parents, List<Path> below, long quota) throws IOException {
        long id = snapshot.id();
        Layer layer = layers.of(snapshot);
        try {
            Path directory = directories.make(id, snapshot.kind(), below);
            directories.limit(id, quota);
            checkpoint.reached(Step.DIRECTORY_MADE);
            provider.create(layer, parents);
            if (!layer.isOrdinary()) {
                directories.sync();
                checkpoint.reached(Step.LAYER_WRITTEN);
            }
            store.insert(snapshot);
            checkpoint.reached(Step.RECORD_INSERTED);
            return directory;
        } catch (LogLostException e) {
            // The next start finds the record, which needs the directory, or the directory alone, which goes then.
            throw e;
        } catch (IOException | RuntimeException e) {
            deleteAfter(e, layer);
            throw e;
        } finally {
            directories.settled(id);
        }
    }

    private void takeBack(Exception failure, Snapshot snapshot, Layer layer) {
        directories.busy(layer.id());
        try {
            provider.remove(layer);
            store.delete(snapshot);
            directories.delete(layer.id());
        } catch (IOException e) {
            failure.addSuppressed(e); // with its record it can still be removed by name
        } finally {
            directories.settled(layer.id());
        }
    }

    private static Map<String, String> without(Set<String> keys, Map<String, String> labels) {
        Map<String, String> kept = new HashMap<>(labels);
        kept.keySet().removeAll(keys);
        return kept;
    }

    private void deleteAfter(Exception failure, Layer layer) {
        try {
            if (!layer.isOrdinary()) {
                provider.remove(layer);
            }
            directories.delete(layer.id());
        } catch (IOException e) {
            failure.addSuppressed(e); // an orphan: the next cleanup takes it
        }
    }
}
