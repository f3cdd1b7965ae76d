package io.obd.snapshotter;

import io.obd.image.LayerAnnotations;
import io.obd.registry.Digest;
import io.obd.snapshots.SnapshotException;
import io.obd.snapshots.SnapshotException.Code;
import java.util.Map;

/** Reads what the labels of layers say of their content. */
final class LayerLabels {
    private final BlobUrls urls;

    LayerLabels(BlobUrls urls) {
        this.urls = urls;
    }

    /**
     * The overlaybd blob of a layer.
     *
     * @throws SnapshotException invalid argument, naming the label
     */
    RemoteBlob remoteBlob(Map<String, String> labels) throws SnapshotException {
        return new RemoteBlob(
                digest(labels, LayerAnnotations.BLOB_DIGEST),
                label(labels, LayerAnnotations.BLOB_SIZE, LayerLabels::positive),
                repoBlobUrl(labels));
    }

    /** Where the blobs of the image are. */
    String repoBlobUrl(Map<String, String> labels) throws SnapshotException {
        String key = labels.containsKey(Labels.IMAGE_REF) ? Labels.IMAGE_REF : Labels.CRI_IMAGE_REF;
        return label(labels, key, urls::of);
    }

    /**
     * Where the blobs of the image are that a file {@code image_ref} names.
     *
     * @throws SnapshotException failed precondition if that is no image
     */
    String blobUrl(String imageRef) throws SnapshotException {
        try {
            return urls.of(imageRef.strip());
        } catch (IllegalArgumentException e) {
            throw new SnapshotException(
                    Code.FAILED_PRECONDITION, "image_ref is \"" + imageRef + "\": " + e.getMessage(), e);
        }
    }

    /** The digest in a label. */
    static String digest(Map<String, String> labels, String key) throws SnapshotException {
        return label(labels, key, text -> Digest.parse(text).toString());
    }

    /** The size of a new device, {@code fallback} if there is no label. */
    static long gigabytes(Map<String, String> labels, long fallback) throws SnapshotException {
        return labels.containsKey(Labels.VSIZE) ? label(labels, Labels.VSIZE, LayerLabels::positive) : fallback;
    }

    /** How much a container may write, in bytes; {@code fallback} if there is no label. */
    static long quota(Map<String, String> labels, long fallback) throws SnapshotException {
        return labels.getOrDefault(Labels.DISK_QUOTA, "").isEmpty()
                ? fallback
                : label(labels, Labels.DISK_QUOTA, DiskSize::parse);
    }

    private static long positive(String text) {
        try {
            long size = Long.parseLong(text);
            if (size > 0) {
                return size;
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("a positive number is expected", e);
        }
        throw new IllegalArgumentException("a positive number is expected");
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
