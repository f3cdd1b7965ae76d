package io.obd.snapshotter;

import io.obd.registry.ImageReference;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where the backend fetches the blobs of an image. */
final class BlobUrls {
    private static final Pattern FORM = Pattern.compile("(https?)://([^/]+)/v2/(.+)/blobs/?");

    private final Set<String> insecureHosts;

    /** @param insecureHosts registries that are spoken to without TLS, as they stand in image references */
    BlobUrls(Set<String> insecureHosts) {
        this.insecureHosts = Set.copyOf(insecureHosts);
    }

    /**
     * {@code https://host/v2/repository/blobs}.
     *
     * @throws IllegalArgumentException if it is not the name of an image
     */
    String of(String imageReference) {
        ImageReference image = ImageReference.parse(imageReference);
        boolean insecure = insecureHosts.contains(image.host()) || insecureHosts.contains(image.apiHost());
        return (insecure ? "http" : "https") + "://" + image.apiHost() + "/v2/" + image.repository() + "/blobs";
    }

    /** The repository that such a URL belongs to, as image names have it; empty if there is no such URL. */
    static Optional<ImageReference> repository(String repoBlobUrl) {
        Matcher url = FORM.matcher(repoBlobUrl);
        if (!url.matches()) {
            return Optional.empty();
        }
        try {
            return Optional.of(ImageReference.parse(image(url.group(1), url.group(2)) + "/" + url.group(3)));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static String image(String scheme, String host) {
        String usual = scheme.equals("http") ? ":80" : ":443";
        String name = host.endsWith(usual) ? host.substring(0, host.length() - usual.length()) : host;
        return name.equals("registry-1.docker.io") ? ImageReference.DOCKER_HUB : name;
    }
}
