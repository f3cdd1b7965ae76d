package io.obd.ctr.pull;

import io.obd.registry.ImageReference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * The label by which containerd remembers which repositories have a blob: {@code containerd.io/distribution.source.HOST},
 * with a list of repositories.
 *
 * @param host registry without its port
 * @param repository path of the repository in it
 */
record DistributionSource(String host, String repository) {
    private static final String PREFIX = "containerd.io/distribution.source.";

    /** containerd's limit for a label's key and value together. */
    private static final int MAX_LABEL_BYTES = 4096;

    static DistributionSource of(ImageReference image) {
        String host = image.host();
        int port = host.lastIndexOf(':');
        return new DistributionSource(
                port > host.lastIndexOf(']') ? host.substring(0, port) : host, image.repository());
    }

    /** The label for a blob that has {@code labels} now. */
    Map<String, String> addTo(Map<String, String> labels) {
        String key = PREFIX + host;
        List<String> repositories = new ArrayList<>();
        String known = labels.getOrDefault(key, "");
        if (!known.isEmpty()) {
            repositories.addAll(Arrays.asList(known.split(",")));
        }
        if (!repositories.contains(repository)) {
            repositories.add(repository);
        }
        while (repositories.size() > 1 && length(key, repositories) > MAX_LABEL_BYTES) {
            repositories.removeFirst();
        }
        return Map.of(key, String.join(",", repositories));
    }

    private static int length(String key, List<String> repositories) {
        return key.length() + String.join(",", repositories).length();
    }
}
