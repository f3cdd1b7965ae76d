package io.obd.snapshotter;

import io.obd.image.ImageConfig.Lower;
import io.obd.image.ImageConfig.Upper;
import io.obd.image.LayerAnnotations;
import io.obd.snapshots.Claim;
import io.obd.snapshots.Kind;
import io.obd.snapshots.Layer;
import io.obd.snapshots.LayerProvider;
import io.obd.snapshots.Mount;
import io.obd.snapshots.SnapshotException;
import io.obd.snapshots.SnapshotException.Code;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The layers of overlaybd images: recognised by their labels, seen through a device that all containers share or through
 * a writable device for each.
 */
final class ObdLayers implements LayerProvider {
    private static final Logger LOG = LoggerFactory.getLogger(ObdLayers.class);

    /** Size of a new device with nothing below it, in GB. */
    private static final long NEW_DEVICE = 64;

    private final Claims claims;
    private final DeviceSpecs specs;
    private final WritableLayers writables;
    private final TurboOci turboOci;
    private final TarLayers tars;
    private final Devices devices;
    private final Recovery recovery;
    private final FileSystemType defaultType;

    /** @param defaultType file system of layers that do not name theirs */
    ObdLayers(
            Claims claims,
            DeviceSpecs specs,
            WritableLayers writables,
            TurboOci turboOci,
            TarLayers tars,
            Devices devices,
            Recovery recovery,
            FileSystemType defaultType) {
        this.claims = claims;
        this.specs = specs;
        this.writables = writables;
        this.turboOci = turboOci;
        this.tars = tars;
        this.devices = devices;
        this.recovery = recovery;
        this.defaultType = defaultType;
    }

    @Override
    public Claim claim(Kind kind, String key, Map<String, String> labels, List<Layer> parents) throws IOException {
        return claims.claim(kind, key, labels, parents);
    }

    @Override
    public void create(Layer layer, List<Layer> parents) throws IOException {
        Optional<String> image = Labels.imageRef(layer.labels());
        if (image.isPresent()) {
            Files.writeString(BlockDirectory.of(layer).imageRef(), image.get());
        }
        if (layer.isOrdinary()) {
            return;
        }
        switch (LayerType.of(layer)) {
            case REMOTE -> specs.writeRemote(layer, parents);
            case ACCELERATION -> specs.writeAcceleration(layer, parents);
            case WRITABLE_DIR, WRITABLE_DEV -> createWritable(layer, parents);
            case VIEW_DEV -> specs.writeDevice(layer, Upper.NONE, Trace.NONE, parents);
            case DOWNLOADED, TURBO_OCI, TAR, DOCKER_INIT -> {} // nothing is known of it before it is filled
            case LOCAL -> throw new IllegalStateException("a local layer is made by a commit");
        }
    }

    private void createWritable(Layer layer, List<Layer> parents) throws IOException {
        FileSystemType type = fileSystem(layer, parents);
        if (type.isReadOnly()) {
            throw new SnapshotException(
                    Code.FAILED_PRECONDITION,
                    type.name() + " cannot be written: use rwMode or label " + Labels.WRITABLE + " overlayfs");
        }
        BlockDirectory directory = BlockDirectory.of(layer);
        directory.make();
        boolean first = parents.isEmpty();
        long gigabytes = first ? LayerLabels.gigabytes(layer.labels(), NEW_DEVICE) : 0;
        Upper upper = writables.create(UpperFiles.of(layer), gigabytes);
        directory.needsFileSystem(first);
        specs.writeDevice(layer, upper, Trace.of(layer.labels()), parents);
    }

    @Override
    public Optional<Mount> show(Kind kind, Layer layer, List<Layer> parents) throws IOException {
        return switch (LayerType.of(layer)) {
            case REMOTE, DOWNLOADED, ACCELERATION, TURBO_OCI -> Optional.empty();
            case LOCAL -> throw new IllegalStateException("a local layer is committed");
            case WRITABLE_DIR -> {
                refuseSealed(layer);
                Path mountpoint = devices.mountWritable(layer, fileSystem(layer, parents));
                yield Optional.of(new Mount("bind", mountpoint.toString(), List.of("rw", "rbind")));
            }
            case WRITABLE_DEV -> {
                refuseSealed(layer);
                yield Optional.of(device(layer, parents, "rw"));
            }
            case VIEW_DEV -> Optional.of(device(layer, parents, "ro"));
            case TAR -> Optional.of(own(layer));
            case DOCKER_INIT -> {
                attachBelow(parents); // the container that follows is to find it
                yield Optional.of(own(layer));
            }
        };
    }

    private static Mount own(Layer layer) {
        return new Mount("bind", layer.fs().toString(), List.of("rw", "rbind"));
    }

    private void attachBelow(List<Layer> parents) throws IOException {
        for (int i = 0; i < parents.size(); i++) {
            if (!parents.get(i).isOrdinary()) {
                attach(Map.of(), parents.subList(i, parents.size()));
                return;
            }
        }
    }

    private Mount device(Layer layer, List<Layer> parents, String access) throws IOException {
        Devices.Attached device = devices.attach(layer, fileSystem(layer, parents));
        List<String> options = new ArrayList<>(List.of(access));
        options.addAll(device.type().mountOptions());
        return new Mount(device.type().name(), device.path(), options);
    }

    private static void refuseSealed(Layer layer) throws SnapshotException {
        if (Files.exists(layer.fs().resolve(LayerFile.SEALED))) {
            throw new SnapshotException(
                    Code.FAILED_PRECONDITION,
                    "a commit of " + layer.name() + " was begun and not finished: commit or remove it");
        }
    }

    @Override
    public Commit commit(Layer layer, Map<String, String> labels, List<Layer> parents) throws IOException {
        if (layer.isOrdinary()) {
            return commitFilled(layer, parents);
        }
        LayerType type = LayerType.of(layer);
        if (type.isWritable()) {
            return commitWritable(layer, labels, parents);
        }
        if (type == LayerType.DOWNLOADED) {
            return commitDownloaded(layer, parents);
        }
        if (type == LayerType.TURBO_OCI) {
            specs.writeTurboOci(layer, turboOci.of(layer, layer.labels(), parents), parents);
        }
        return switch (type) {
            case TAR -> commitFilled(layer, parents);
            case DOCKER_INIT -> Commit.ORDINARY;
            default -> new Commit(type.word(), Map.of());
        };
    }

    /** What a snapshot is that anything may have been put into. */
    private Commit commitFilled(Layer layer, List<Layer> parents) throws IOException {
        Optional<Path> tar = TarLayers.in(layer);
        if (tar.isPresent()) {
            Lower lower = tars.convert(layer, tar.get(), fileSystem(layer, parents), parents);
            specs.writeTar(layer, lower, parents);
            return new Commit(LayerType.LOCAL.word(), Map.of(Labels.LOCAL_COMMIT_PATH, lower.file()));
        }
        Optional<ZdfsLayer> zdfs = ZdfsLayer.in(layer.fs());
        if (zdfs.isPresent()) {
            specs.writeZdfs(layer, zdfs.get(), parents);
            return new Commit(LayerType.REMOTE.word(), Map.of());
        }
        Optional<Path> file = LayerFile.in(layer.fs());
        if (file.isEmpty()) {
            return Commit.ORDINARY;
        }
        LOG.warn(
                "snapshot {}: an overlaybd layer was downloaded whole: it was pulled without label {}",
                layer.id(),
                Labels.REF);
        return commitLocal(layer, file.get(), parents);
    }

    private Commit commitDownloaded(Layer layer, List<Layer> parents) throws IOException {
        Path file = LayerFile.in(layer.fs())
                .orElseThrow(() -> new SnapshotException(
                        Code.FAILED_PRECONDITION,
                        layer.name() + " is no overlaybd layer, although label " + LayerAnnotations.BLOB_DIGEST
                                + " says so: there is no " + LayerFile.COMMIT + " in it"));
        return commitLocal(layer, file, parents);
    }

    private Commit commitLocal(Layer layer, Path file, List<Layer> parents) throws IOException {
        specs.writeLocal(layer, parents);
        return new Commit(LayerType.LOCAL.word(), Map.of(Labels.LOCAL_COMMIT_PATH, file.toString()));
    }

    private Commit commitWritable(Layer layer, Map<String, String> labels, List<Layer> parents) throws IOException {
        Path sealed = layer.fs().resolve(LayerFile.SEALED);
        UpperFiles files = UpperFiles.of(layer);
        devices.release(layer, () -> {
            writables.seal(files, sealed);
            specs.writeLocal(layer, parents);
        });
        Map<String, String> more = new HashMap<>(Map.of(Labels.LOCAL_COMMIT_PATH, sealed.toString()));
        String type = layer.labels().get(LayerAnnotations.BLOB_FS_TYPE);
        if (type != null && !labels.containsKey(LayerAnnotations.BLOB_FS_TYPE)) {
            more.put(LayerAnnotations.BLOB_FS_TYPE, type);
        }
        return new Commit(LayerType.LOCAL.word(), more, Set.of(Labels.WRITABLE));
    }

    @Override
    public Path attach(Map<String, String> labels, List<Layer> chain) throws IOException {
        Layer image = chain.getFirst();
        return devices.mountImage(image, fileSystem(image, chain.subList(1, chain.size())), Trace.of(labels));
    }

    /** The file system of a device: it is the same in all layers, so the nearest that names it counts. */
    private FileSystemType fileSystem(Layer layer, List<Layer> parents) throws IOException {
        List<Layer> chain = new ArrayList<>(List.of(layer));
        chain.addAll(parents);
        for (Layer each : chain) {
            String label = each.labels().getOrDefault(LayerAnnotations.BLOB_FS_TYPE, "");
            if (!label.isEmpty()) {
                return parse(label);
            }
            if (LayerType.TURBO_OCI.word().equals(each.type())) {
                return TurboOci.fileSystem(each);
            }
        }
        return defaultType;
    }

    private static FileSystemType parse(String label) throws SnapshotException {
        try {
            return FileSystemType.parse(label);
        } catch (IllegalArgumentException e) {
            throw new SnapshotException(
                    Code.INVALID_ARGUMENT, "label " + LayerAnnotations.BLOB_FS_TYPE + ": " + e.getMessage(), e);
        }
    }

    @Override
    public void detach(Layer layer) throws IOException {
        devices.release(layer, () -> {});
    }

    @Override
    public void remove(Layer layer) throws IOException {
        devices.release(layer, () -> {
            // Without a specification the files, if there are any, were made by somebody else.
            if (LayerType.of(layer).isWritable()
                    && Files.exists(BlockDirectory.of(layer).spec())) {
                writables.delete(UpperFiles.of(layer));
            }
        });
        devices.forget(layer);
    }

    @Override
    public void recover(List<Layer> layers) throws IOException {
        recovery.run(layers);
    }
}
