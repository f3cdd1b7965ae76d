package io.obd.registry;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The name of an image: {@code [host[:port]/]repository[:tag][@digest]}. A name without a host belongs to docker.io,
 * and one of a single component there lies below {@code library/}.
 *
 * @param host registry as it is written, with its port if one is given: {@code docker.io}, {@code localhost:5000}
 * @param repository path of the repository in the registry
 * @param tag null if none is given
 * @param digest null if none is given; it decides when there is a tag too
 */
public record ImageReference(
        String host,
        String repository,
        @Nullable String tag,
        @Nullable Digest digest) {
    private static final int MAX_LENGTH = 1024;
    private static final Pattern HOST =
            Pattern.compile("(?:[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?|\\[[0-9A-Fa-f:.]+])(?::[0-9]{1,5})?");
    private static final Pattern REPOSITORY =
            Pattern.compile("[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*");
    private static final Pattern TAG = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}");

    /** The host of names that have none. */
    public static final String DOCKER_HUB = "docker.io";

    /**
     * @throws IllegalArgumentException if a part breaks the rules for names
     */
    public ImageReference {
        check(HOST, host, "registry host");
        check(REPOSITORY, repository, "repository");
        if (repository.length() > 255) {
            throw new IllegalArgumentException("a repository name has at most 255 characters: " + repository);
        }
        if (tag != null) {
            check(TAG, tag, "tag");
        }
    }

    /**
     * Reads the name of an image.
     *
     * @throws IllegalArgumentException if it breaks the rules for names
     */
    public static ImageReference parse(String text) {
        if (text.length() > MAX_LENGTH) {
            throw new IllegalArgumentException("an image name of " + text.length() + " characters");
        }
        String rest = text;
        Digest digest = null;
        int at = rest.indexOf('@');
        if (at >= 0) {
            digest = Digest.parse(rest.substring(at + 1));
            rest = rest.substring(0, at);
        }
        String tag = null;
        int colon = rest.lastIndexOf(':');
        if (colon > rest.lastIndexOf('/')) {
            tag = rest.substring(colon + 1);
            rest = rest.substring(0, colon);
        }
        int slash = rest.indexOf('/');
        String first = slash < 0 ? "" : rest.substring(0, slash);
        if (!looksLikeHost(first)) {
            return new ImageReference(DOCKER_HUB, slash < 0 ? "library/" + rest : rest, tag, digest);
        }
        String path = rest.substring(slash + 1);
        if (first.equals("index.docker.io") || first.equals(DOCKER_HUB)) {
            return new ImageReference(DOCKER_HUB, path.contains("/") ? path : "library/" + path, tag, digest);
        }
        return new ImageReference(first, path, tag, digest);
    }

    private static boolean looksLikeHost(String first) {
        return first.contains(".") || first.contains(":") || first.equals("localhost");
    }

    private static void check(Pattern pattern, String text, String what) {
        if (!pattern.matcher(text).matches()) {
            throw new IllegalArgumentException("not a valid " + what + ": \"" + text + "\"");
        }
    }

    /** The host that answers for this registry: its own name, save for docker.io. */
    public String apiHost() {
        return host.equals(DOCKER_HUB) ? "registry-1.docker.io" : host;
    }

    /** What to resolve: the digest, else the tag, else {@code latest}. */
    public String target() {
        if (digest != null) {
            return digest.toString();
        }
        return tag == null ? "latest" : tag;
    }

    /** The same repository with another tag and no digest. */
    public ImageReference withTag(String newTag) {
        return new ImageReference(host, repository, newTag, null);
    }

    /** The same repository with a digest and no tag. */
    public ImageReference withDigest(Digest newDigest) {
        return new ImageReference(host, repository, null, newDigest);
    }

    /** {@code host/repository}, without tag and digest. */
    public String name() {
        return host + "/" + repository;
    }

    /** The full name. */
    @Override
    public String toString() {
        return name() + (tag == null ? "" : ":" + tag) + (digest == null ? "" : "@" + digest);
    }
}
