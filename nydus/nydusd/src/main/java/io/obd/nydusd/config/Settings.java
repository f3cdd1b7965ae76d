package io.obd.nydusd.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * How an image is served.
 *
 * @param id name of the instance, may be empty
 * @param backend where its blobs are
 * @param cache what is kept locally
 * @param rafs how files are served
 * @param warnings keys that have no effect, and why
 */
public record Settings(String id, Backend backend, Cache cache, Rafs rafs, List<String> warnings) {

    /** Where blobs are. */
    public sealed interface Backend {
        /** The name that configurations have for it. */
        String type();
    }

    /**
     * Blobs in local files.
     *
     * @param blobFile the one blob of the image
     * @param directories where blobs are, by their identity
     */
    public record LocalFs(Optional<Path> blobFile, List<Path> directories) implements Backend {
        @Override
        public String type() {
            return "localfs";
        }
    }

    /**
     * Blobs in a repository of a registry.
     *
     * @param auth base64 of {@code user:password}, may be empty
     * @param token for the header Authorization, may be empty
     * @param skipVerify whether certificates are not verified
     * @param timeoutSeconds longest silence
     * @param retries how often a request that failed is repeated
     */
    public record Registry(
            String scheme,
            String host,
            String repository,
            String auth,
            String token,
            boolean skipVerify,
            List<Path> caFiles,
            int timeoutSeconds,
            int connectTimeoutSeconds,
            int retries,
            Proxy proxy)
            implements Backend {
        @Override
        public String type() {
            return "registry";
        }

        /** Without secrets. */
        @Override
        public String toString() {
            return scheme + "://" + host + "/" + repository;
        }
    }

    /**
     * A proxy between us and a backend.
     *
     * @param url of it, empty for none
     * @param fallback whether the backend is asked directly when the proxy fails
     */
    public record Proxy(String url, boolean fallback) {
        /** No proxy. */
        public static final Proxy NONE = new Proxy("", true);

        /** Without secrets. */
        @Override
        public String toString() {
            return url.isEmpty() ? "no proxy" : "a proxy";
        }
    }

    /**
     * What is kept locally.
     *
     * @param directory of its files, empty to keep nothing
     * @param validate whether content has to have its digest, also when it comes from an earlier run
     */
    public record Cache(Optional<Path> directory, boolean validate) {}

    /**
     * How files are served.
     *
     * @param mode {@code direct} or {@code cached}, which are the same here
     * @param amplify bytes that are fetched together for one read
     * @param validate whether content has to have its digest
     */
    public record Rafs(
            String mode,
            int amplify,
            boolean validate,
            boolean xattrs,
            boolean fileCounters,
            boolean accessPattern,
            boolean latestReads,
            Prefetch prefetch) {}

    /**
     * What is fetched before anybody asks for it.
     *
     * @param batch bytes of a request
     * @param bytesPerSecond limit, 0 for none
     * @param all whether all files follow those that are named
     */
    public record Prefetch(boolean enabled, int threads, int batch, long bytesPerSecond, boolean all) {}
}
