package io.obd.image;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The backend's configuration, {@code /etc/overlaybd/overlaybd.json}. Sizes are in bytes.
 *
 * @param controlSocket where the control API listens
 * @param frontend how devices are attached
 * @param ioTimeout the longest wait of one read or write of a device before it fails
 * @param gzipCache the cache of decompressed original layers of turboOCI, if there is one
 * @param audit file of the audit log, if one is written
 * @param p2p URL that URLs of registries are put behind, to be asked by way of an agent on this network
 * @param userAgent what is sent to registries
 * @param prefetchConcurrency workers that replay a trace
 * @param warnings what was found but has no effect: unknown keys, settings that are not supported
 */
public record ServiceConfig(
        Log log,
        Cache cache,
        Optional<Cache> gzipCache,
        Credentials credentials,
        Registry registry,
        DownloadConfig download,
        Optional<Path> audit,
        Optional<String> p2p,
        Exporter exporter,
        SnapshotService snapshots,
        Path controlSocket,
        Frontend frontend,
        Duration ioTimeout,
        String userAgent,
        int prefetchConcurrency,
        List<String> warnings) {

    /** Where the file is unless the daemon is told otherwise. */
    public static final Path DEFAULT_FILE = Path.of("/etc/overlaybd/overlaybd.json");

    /**
     * Logging.
     *
     * @param level 0 debug, 1 info, 2 warn, 3 error
     * @param path file to log to; empty for standard error
     * @param rotations how many files there are, with the one that is written
     */
    public record Log(int level, String path, long rotateSize, int rotations) {}

    /**
     * A cache.
     *
     * @param directory where it is
     * @param sizeLimit how much it may hold
     * @param refillSize how much is fetched for a miss
     */
    public record Cache(Path directory, long sizeLimit, int refillSize) {}

    /**
     * Where registry credentials come from.
     *
     * @param mode {@code file}, {@code http}, {@code https} or {@code uds}
     * @param path file, URL or socket
     */
    public record Credentials(
            String mode, String path, Duration timeout, String clientCertificate, String clientKey, String serverCa) {}

    /**
     * Access to registries.
     *
     * @param mirrors host to the places that are asked before it
     * @param hostsDirectory {@code hosts.toml} directories, as containerd reads them
     * @param proxy URL of a proxy, empty for what the environment says
     * @param caFiles certificate authorities beside the system's
     * @param insecureHosts hosts whose certificate is not checked, or that speak plain HTTP
     * @param clientCertificate PEM file, empty for none
     * @param clientKey PEM file, empty for none
     */
    public record Registry(
            Duration connectTimeout,
            Duration readTimeout,
            Map<String, List<Mirror>> mirrors,
            Path hostsDirectory,
            String proxy,
            List<Path> caFiles,
            List<String> insecureHosts,
            String clientCertificate,
            String clientKey) {}

    /**
     * A place that holds the same blobs as a registry.
     *
     * @param host {@code [https://|http://]host[:port][/path]}
     * @param insecure whether its certificate is not checked, or it speaks plain HTTP
     * @param ca PEM file of its certificate authority, empty for the usual ones
     * @param headers sent with every request to it
     */
    public record Mirror(String host, boolean insecure, String ca, Map<String, String> headers) {}

    /**
     * Metrics over HTTP.
     *
     * @param address host name or address to listen on
     * @param updateInterval time that rates and the highest latency are about
     */
    public record Exporter(boolean enable, String address, String uriPrefix, int port, Duration updateInterval) {}

    /**
     * The live snapshot API: HTTP without any check of who asks.
     *
     * @param address host name or address to listen on
     */
    public record SnapshotService(boolean enable, String address, int port) {}

    /** How a device reaches the kernel. */
    public enum Frontend {
        /** The best that this kernel has. */
        AUTO("auto"),
        /** A SCSI disk of the kernel's target framework. */
        TCMU("tcmu"),
        /** A loop device on a file served through FUSE. */
        FUSE_LOOP("fuse-loop");

        private final String word;

        Frontend(String word) {
            this.word = word;
        }

        /** The word that names it in configuration and answers. */
        public String word() {
            return word;
        }
    }

    /**
     * Reads the file.
     *
     * @throws ConfigException if a value has a wrong type or range; all of them are named, with file, line and key
     * @throws IOException if it cannot be read
     */
    public static ServiceConfig read(Path file) throws IOException {
        return new ServiceConfigReader(ConfigFile.read(file)).read();
    }

    /** What holds where there is no file. */
    public static ServiceConfig defaults() throws IOException {
        byte[] nothing = "{}".getBytes(StandardCharsets.UTF_8);
        return new ServiceConfigReader(ConfigFile.parse(DEFAULT_FILE, nothing)).read();
    }

    /** The same configuration with another cache, and none of decompressed layers. */
    public ServiceConfig withCache(Cache other) {
        return new ServiceConfig(
                log,
                other,
                Optional.empty(),
                credentials,
                registry,
                download,
                audit,
                p2p,
                exporter,
                snapshots,
                controlSocket,
                frontend,
                ioTimeout,
                userAgent,
                prefetchConcurrency,
                warnings);
    }
}
