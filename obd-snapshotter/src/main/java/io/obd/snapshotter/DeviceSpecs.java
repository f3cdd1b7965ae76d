package io.obd.snapshotter;

import io.obd.image.ImageConfig;
import io.obd.image.ImageConfig.Lower;
import io.obd.image.LayerAnnotations;
import io.obd.registry.Digest;
import io.obd.snapshots.Layer;
import io.obd.snapshots.SnapshotException;
import io.obd.snapshots.SnapshotException.Code;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Writes the device specifications: the parent's layers and one more on top. */
final class DeviceSpecs {
    private final BlobUrls blobUrls;

    DeviceSpecs(BlobUrls blobUrls) {
        this.blobUrls = blobUrls;
    }

    /**
     * What the labels say about a blob in the registry.
     *
     * @throws SnapshotException invalid argument, naming the label
     */
    RemoteBlob remoteBlob(Map<String, String> labels) throws SnapshotException {
        return new RemoteBlob(
                label(
                        labels,
                        LayerAnnotations.BLOB_DIGEST,
                        text -> Digest.parse(text).toString()),
                label(labels, LayerAnnotations.BLOB_SIZE, DeviceSpecs::size),
                label(labels, imageRefLabel(labels), blobUrls::of));
    }

    /** A blob of an image: its digest, its length in bytes and the URL that the digest is appended to. */
    record RemoteBlob(String digest, long size, String repoBlobUrl) {}

    /** Writes the specification of a layer whose blob is in the registry; all layers come from its repository then. */
    void writeRemote(Layer layer, List<Layer> parents) throws IOException {
        RemoteBlob blob = remoteBlob(layer.labels());
        Lower lower = Lower.remote(blob.digest(), blob.size(), layer.fs().toString());
        write(layer, blob.repoBlobUrl(), parents, lower);
    }

    /** Writes the specification of a layer whose file is in its own directory. */
    void writeLocal(Layer layer, List<Layer> parents) throws IOException {
        write(layer, "", parents, Lower.dir(layer.fs().toString()));
    }

    private static void write(Layer layer, String repoBlobUrl, List<Layer> parents, Lower lower) throws IOException {
        BlockDirectory directory = BlockDirectory.of(layer);
        directory.make();
        Optional<String> image = Labels.imageRef(layer.labels());
        if (image.isPresent()) {
            Files.writeString(directory.imageRef(), image.get());
        }
        String url = repoBlobUrl;
        List<Lower> lowers = new ArrayList<>();
        if (!parents.isEmpty()) {
            ImageConfig below = ImageConfig.read(
                    BlockDirectory.of(requireBlock(parents.getFirst())).spec());
            lowers.addAll(below.lowers());
            url = url.isEmpty() ? below.repoBlobUrl() : url;
        }
        lowers.add(lower);
        new ImageConfig(url, lowers, directory.resultFile().toString()).write(directory.spec());
    }

    /**
     * A block layer can lie on block layers only: the device knows nothing of directories.
     *
     * @throws SnapshotException failed precondition
     */
    static Layer requireBlock(Layer parent) throws SnapshotException {
        if (parent.isOrdinary()) {
            throw new SnapshotException(
                    Code.FAILED_PRECONDITION,
                    "an overlaybd layer cannot lie on " + parent.name() + ", which is an ordinary layer");
        }
        return parent;
    }

    private static String imageRefLabel(Map<String, String> labels) {
        return labels.containsKey(Labels.IMAGE_REF) ? Labels.IMAGE_REF : Labels.CRI_IMAGE_REF;
    }

    private static long size(String text) {
        try {
            long size = Long.parseLong(text);
            if (size > 0) {
                return size;
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("a number of bytes is expected", e);
        }
        throw new IllegalArgumentException("a number of bytes is expected");
    }

    private interface Reader<T> {
        /** @throws IllegalArgumentException if the text is not acceptable */
        T read(String text);
    }

    private static <T> T label(Map<String, String> labels, String key, Reader<T> reader) throws SnapshotException {
        String text = labels.getOrDefault(key, "");
        try {
            return reader.read(text);
        } catch (IllegalArgumentException e) {
            throw new SnapshotException(
                    Code.INVALID_ARGUMENT, "label " + key + " is \"" + text + "\": " + e.getMessage(), e);
        }
    }
}
