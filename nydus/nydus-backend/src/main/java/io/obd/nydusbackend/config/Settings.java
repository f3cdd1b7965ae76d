package io.obd.nydusbackend.config;

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
     * @param blobScheme that takes the place of the one that the registry redirects to, may be empty
     * @param blobHost that takes the place of the one that the registry redirects to, may be empty
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
            String blobScheme,
            String blobHost,
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
     * @param pingUrl what is asked now and then whether the proxy works, empty for nothing
     * @param checkSeconds between two of those questions
     * @param pauseSeconds after the last read, for which they go on
     * @param useHttp whether the proxy is asked for HTTP URLs in the place of HTTPS
     */
    public record Proxy(
            String url, boolean fallback, String pingUrl, int checkSeconds, int pauseSeconds, boolean useHttp) {
        /** No proxy. */
        public static final Proxy NONE = new Proxy("", true, "", 5, 300, false);

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
     * @param isIndexed whether the next run may find what this one has cached
     * @param validate whether content has to have its digest, also when it comes from an earlier run
     */
    public record Cache(Optional<Path> directory, boolean isIndexed, boolean validate) {}

    /**
     * How files are served.
     *
     * @param mode {@code direct} or {@code cached}, which are the same here
     * @param amplify bytes that are fetched together for one read
     * @param validate whether content has to have its digest
     * @param owners how owners of files are shown
     */
    public record Rafs(
            String mode,
            int amplify,
            boolean validate,
            boolean xattrs,
            boolean fileCounters,
            boolean accessPattern,
            boolean latestReads,
            IdMapping owners,
            Prefetch prefetch) {}

    /**
     * How owners and groups are shown: a range of numbers is moved, as for a user namespace.
     *
     * @param first number in the image
     * @param shown what it is shown as
     * @param count how many numbers are moved; 0 if none are
     */
    public record IdMapping(long first, long shown, long count) {
        /** All numbers are shown as they are. */
        public static final IdMapping NONE = new IdMapping(0, 0, 0);

        /** What the kernel shows for a number that a user namespace does not have. */
        private static final long OVERFLOW = 65534;

        /** What a number of the image is shown as. */
        public long of(long id) {
            if (count == 0) {
                return id;
            }
            return id >= first && id - first < count ? id - first + shown : OVERFLOW;
        }
    }

    /**
     * What is fetched before anybody asks for it.
     *
     * @param batch bytes of a request
     * @param bytesPerSecond limit, 0 for none
     * @param all whether all files follow those that are named
     */
    public record Prefetch(boolean enabled, int threads, int batch, long bytesPerSecond, boolean all) {}
}
