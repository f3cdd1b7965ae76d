package io.obd.snapshotter;

import io.obd.image.ImageConfig.Lower;
import io.obd.image.LayerAnnotations;
import io.obd.registry.MediaTypes;
import io.obd.snapshots.Layer;
import io.obd.snapshots.SnapshotException;
import io.obd.snapshots.SnapshotException.Code;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** Finds the parts of an unpacked turboOCI layer. */
final class TurboOci {
    private static final String EXT4 = "ext4";
    private static final String METADATA = ".fs.meta";
    private static final String GZIP_INDEX = "gzip.meta";
    private static final Set<String> GZIP = Set.of(MediaTypes.OCI_LAYER_GZIP, MediaTypes.DOCKER_LAYER_GZIP);

    private final List<String> preferred;
    private final KernelFileSystems kernel;
    private final Path ext4Only;
    private final LayerLabels layerLabels;

    /**
     * @param preferred file systems in the order in which they are taken where a layer has several
     * @param kernel what it cannot mount is not taken
     * @param ext4Only a file whose presence says that only ext4 is taken
     */
    TurboOci(List<String> preferred, KernelFileSystems kernel, Path ext4Only, LayerLabels layerLabels) {
        this.preferred = List.copyOf(preferred);
        this.kernel = kernel;
        this.ext4Only = ext4Only;
        this.layerLabels = layerLabels;
    }

    /**
     * The parts of a layer.
     *
     * @throws SnapshotException if one is missing or a label cannot be read
     */
    TurboOciFiles of(Layer layer, Map<String, String> labels, List<Layer> parents) throws IOException {
        boolean old = !labels.containsKey(LayerAnnotations.TURBO_OCI_TARGET_DIGEST);
        String target = LayerLabels.digest(
                labels, old ? LayerAnnotations.FAST_OCI_TARGET_DIGEST : LayerAnnotations.TURBO_OCI_TARGET_DIGEST);
        String mediaType = labels.getOrDefault(
                old ? LayerAnnotations.FAST_OCI_TARGET_MEDIA_TYPE : LayerAnnotations.TURBO_OCI_TARGET_MEDIA_TYPE, "");
        Path metadata = existing(layer.fs().resolve(name(layer, parents)));
        String index = GZIP.contains(mediaType)
                ? existing(layer.fs().resolve(GZIP_INDEX)).toString()
                : "";
        return new TurboOciFiles(metadata, index, target, layerLabels.repoBlobUrl(labels));
    }

    /** The file system that the metadata of a layer holds. */
    static FileSystemType fileSystem(Layer layer) throws IOException {
        String file = DeviceSpecs.read(layer).lowers().getLast().file();
        String name = Path.of(file).getFileName().toString();
        return FileSystemType.of(name.substring(0, name.length() - METADATA.length()));
    }

    private String name(Layer layer, List<Layer> parents) throws IOException {
        if (Files.exists(ext4Only)) {
            return EXT4 + METADATA;
        }
        return parents.isEmpty() ? choose(layer.fs()) : nameBelow(parents);
    }

    private String choose(Path fs) throws IOException {
        for (String type : preferred) {
            if (Files.exists(fs.resolve(type + METADATA)) && kernel.have(type)) {
                return type + METADATA;
            }
        }
        return EXT4 + METADATA;
    }

    /**
     * All layers of an image have the file system that was chosen for the lowest. Below that may be native layers, as in the
     * images of {@code convertor --mkfs=false}: those have an ext4.
     */
    private static String nameBelow(List<Layer> parents) throws IOException {
        for (Lower lower : DeviceSpecs.read(parents.getFirst()).lowers()) {
            if (lower.file().endsWith(METADATA)) {
                return Objects.requireNonNull(Path.of(lower.file()).getFileName())
                        .toString();
            }
        }
        return EXT4 + METADATA;
    }

    private static Path existing(Path file) throws SnapshotException {
        if (Files.notExists(file)) {
            throw new SnapshotException(Code.FAILED_PRECONDITION, "not a turboOCI layer: it has no " + file);
        }
        return file;
    }
}
