package io.obd.snapshots.credentials;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * A credential provider as the kubelet's configuration describes it.
 *
 * @param name of its program
 * @param apiVersion of requests and answers
 * @param cacheDuration how long an answer counts that does not say so itself
 * @param environment variables beside our own
 */
record CredentialProvider(
        String name,
        String apiVersion,
        List<ImagePattern> images,
        Duration cacheDuration,
        List<String> arguments,
        Map<String, String> environment) {
    boolean isFor(String host, String repository) {
        return images.stream().anyMatch(image -> image.matches(host, repository));
    }
}
