package io.obd.ctr.pull;

import java.util.HashMap;
import java.util.Map;

/**
 * What a snapshotter is told about the layer it is to make a snapshot of.
 *
 * @param imageReference name of the image, by which a snapshotter finds the layer in the registry
 * @param downloadBlobs asks for remote layers to be downloaded nevertheless
 */
record SnapshotLabels(String imageReference, boolean downloadBlobs) {
    private static final String INHERITED = "containerd.io/snapshot/";
    private static final String SNAPSHOT_REF = "containerd.io/snapshot.ref";
    private static final String IMAGE_REF = "containerd.io/snapshot/image-ref";
    private static final String DOWNLOAD = "containerd.io/snapshot/overlaybd/download-remote-blob";

    /** The labels of a layer's snapshot. */
    Map<String, String> of(Layer layer) {
        Map<String, String> labels = new HashMap<>();
        layer.blob().annotations().forEach((key, value) -> {
            if (key.startsWith(INHERITED)) {
                labels.put(key, value);
            }
        });
        labels.put(SNAPSHOT_REF, layer.chainId());
        labels.put(IMAGE_REF, imageReference);
        if (downloadBlobs) {
            labels.put(DOWNLOAD, "download");
        }
        return labels;
    }
}
