package io.obd.ctr.pull;

import io.obd.registry.Digest;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a snapshotter is told about the layer it is to make a snapshot of: by our label, and by those of containerd's CRI,
 * which other snapshotters know.
 *
 * @param imageReference name of the image, by which a snapshotter finds the layer in the registry
 * @param manifest digest of the image's manifest
 * @param layers all layers of the image, bottom to top
 * @param downloadBlobs asks for remote layers to be downloaded nevertheless
 */
record SnapshotLabels(String imageReference, Digest manifest, List<Layer> layers, boolean downloadBlobs) {
    private static final String INHERITED = "containerd.io/snapshot/";
    private static final String SNAPSHOT_REF = "containerd.io/snapshot.ref";
    private static final String IMAGE_REF = "containerd.io/snapshot/image-ref";
    private static final String DOWNLOAD = "containerd.io/snapshot/overlaybd/download-remote-blob";
    private static final String CRI_IMAGE_REF = "containerd.io/snapshot/cri.image-ref";
    private static final String CRI_MANIFEST = "containerd.io/snapshot/cri.manifest-digest";
    private static final String CRI_LAYER = "containerd.io/snapshot/cri.layer-digest";
    private static final String CRI_LAYERS = "containerd.io/snapshot/cri.image-layers";

    /** containerd takes no longer labels, key and value together. */
    private static final int LABEL_LIMIT = 4096;

    SnapshotLabels {
        layers = List.copyOf(layers);
    }

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
        labels.put(CRI_IMAGE_REF, imageReference);
        labels.put(CRI_MANIFEST, manifest.toString());
        labels.put(CRI_LAYER, layer.blob().digest().toString());
        labels.put(CRI_LAYERS, fromHereUp(layer));
        if (downloadBlobs) {
            labels.put(DOWNLOAD, "download");
        }
        return labels;
    }

    /** This layer and those above it, as many as a label holds. */
    private String fromHereUp(Layer layer) {
        StringBuilder digests = new StringBuilder();
        for (Layer each : layers.subList(layer.index(), layers.size())) {
            String next = (digests.isEmpty() ? "" : ",") + each.blob().digest();
            int length = CRI_LAYERS.length() + digests.length() + next.getBytes(StandardCharsets.UTF_8).length;
            if (length > LABEL_LIMIT) {
                break;
            }
            digests.append(next);
        }
        return digests.toString();
    }
}
