package io.obd.ctr.pull;

import io.obd.registry.ImageReference;
import java.util.Map;

/**
 * What to pull.
 *
 * @param reference the image; its text becomes its name in containerd
 * @param snapshotter name of the snapshotter that gets the layers
 * @param labels of the image in containerd
 * @param downloadBlobs asks the snapshotter to have remote layers downloaded nevertheless
 */
public record PullRequest(
        ImageReference reference, String snapshotter, Map<String, String> labels, boolean downloadBlobs) {

    public PullRequest {
        labels = Map.copyOf(labels);
    }
}
