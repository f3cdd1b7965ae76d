package io.obd.nydusd;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The command line of nydusd. The name of the one kind of service, {@code fuse}, may be left out. */
@Command(
        name = "nydusd",
        sortOptions = false,
        usageHelpAutoWidth = true,
        description = "Serves nydus images (RAFS v5 and v6) as file systems.")
final class Options {
    private static final List<String> OTHER_SERVICES = List.of("virtiofs", "nbd", "uffd", "singleton");
    private static final int MOST_THREADS = 1024;

    /** The most talkative one first. */
    static final List<String> LOG_LEVELS = List.of("trace", "debug", "info", "warn", "error");

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Parameters(arity = "0..1", paramLabel = "fuse", description = "the kind of service")
    private String service = "fuse";

    @Option(
            names = {"-A", "--apisock"},
            description = "unix socket of the API")
    @Nullable
    Path apiSocket;

    @Option(
            names = {"-C", "--config"},
            description = "configuration of the image: JSON or TOML")
    @Nullable
    Path config;

    @Option(
            names = {"-B", "--bootstrap"},
            description = "bootstrap of the image; without one, images are mounted through the API")
    @Nullable
    Path bootstrap;

    @Option(
            names = {"-M", "--mountpoint"},
            required = true,
            description = "directory to mount at")
    Path mountPoint = Path.of("");

    @Option(
            names = {"-D", "--localfs-dir"},
            description = "directory of the blobs and of the cache, instead of a configuration")
    @Nullable
    Path localDirectory;

    @Option(
            names = {"-m", "--virtual-mountpoint"},
            description = "where the image is below the mountpoint (default: ${DEFAULT-VALUE})")
    String virtualMountPoint = "/";

    @Option(names = "--prefetch-files", description = "list of files to fetch before they are asked for, a path a line")
    @Nullable
    Path prefetchFiles;

    @Option(names = "--id", description = "name of this daemon, for its supervisor")
    @Nullable
    String id;

    @Option(names = "--supervisor", description = "unix socket of who keeps descriptors for a successor")
    @Nullable
    Path supervisor;

    @Option(
            names = "--upgrade",
            description = "take the place of a daemon before: wait for the API's takeover and start")
    boolean upgrade;

    @Option(
            names = "--failover-policy",
            description = "what becomes of requests under way when another daemon takes over: none, resend"
                    + " (default: ${DEFAULT-VALUE})")
    String failoverPolicy = "resend";

    @Option(
            names = {"--fuse-threads", "--thread-num"},
            description = "threads that take requests (default: ${DEFAULT-VALUE})")
    int threads = 4;

    @Option(names = "--writable", description = "mount without the option ro; images are read-only all the same")
    boolean writable;

    @Option(
            names = "--frontend",
            description = "fuse, erofs (the kernel reads a v6 image itself, Linux 6.12), or auto"
                    + " (default: ${DEFAULT-VALUE})")
    String frontend = "auto";

    @Option(
            names = {"-l", "--log-level"},
            description = "trace, debug, info, warn or error (default: ${DEFAULT-VALUE})")
    String logLevel = "info";

    @Option(
            names = {"-L", "--log-file"},
            description = "write the log there instead of to standard error")
    @Nullable
    Path logFile;

    @Option(names = "--log-rotation-size", description = "MiB after which a new log file begins; 0: never")
    int logRotation;

    @Option(
            names = "--rlimit-nofile",
            description = "files that may be open; as many as the system allows are in any case (default:"
                    + " ${DEFAULT-VALUE})")
    long openFiles = 1_000_000;

    @Option(
            names = {"-s", "--shared-dir"},
            hidden = true)
    @Nullable
    String sharedDirectory;

    @Option(names = "--dedup-db", hidden = true)
    @Nullable
    String deduplication;

    @Option(names = "--hybrid-mode", hidden = true)
    boolean hybrid;

    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            description = "show the version")
    boolean version;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "show this text")
    boolean help;

    /** The kind of service on a command line that we do not have. */
    static Optional<String> otherService(String[] args) {
        for (int i = 0; i < args.length; i++) {
            boolean isValue = i > 0 && args[i - 1].startsWith("-") && !args[i - 1].contains("=");
            if (OTHER_SERVICES.contains(args[i]) && !isValue) {
                return Optional.of(args[i]);
            }
        }
        return Optional.empty();
    }

    /**
     * Checks what one option alone cannot say.
     *
     * @throws ParameterException if something does not fit together
     */
    void check() {
        require(service.equals("fuse"), "there is no service " + service + ", only fuse");
        require(sharedDirectory == null, "--shared-dir (passthrough) is not supported");
        require(deduplication == null, "--dedup-db is not supported");
        require(!hybrid, "--hybrid-mode is for virtiofs, which is not supported");
        require((id == null) == (supervisor == null), "--id and --supervisor need each other");
        require(!upgrade || supervisor != null, "--upgrade needs --supervisor");
        require(config == null || localDirectory == null, "--config and --localfs-dir exclude each other");
        require(
                bootstrap == null || config != null || localDirectory != null,
                "--bootstrap needs --config or --localfs-dir");
        require(prefetchFiles == null || bootstrap != null, "--prefetch-files needs --bootstrap");
        require(threads >= 1 && threads <= MOST_THREADS, "--fuse-threads is not from 1 to " + MOST_THREADS);
        require(
                List.of("none", "resend").contains(failoverPolicy),
                "--failover-policy " + failoverPolicy + " is not supported: there are none and resend");
        require(List.of("auto", "fuse", "erofs").contains(frontend), "--frontend is auto, fuse or erofs");
        require(LOG_LEVELS.contains(logLevel), "--log-level is none of " + String.join(", ", LOG_LEVELS));
        require(virtualMountPoint.startsWith("/"), "--virtual-mountpoint is no absolute path");
        require(logRotation >= 0 && openFiles >= 0, "a limit is negative");
    }

    private void require(boolean condition, String message) {
        if (!condition) {
            throw new ParameterException(spec.commandLine(), message);
        }
    }

    /** The configuration that --localfs-dir stands for. */
    static String localSettings(Path directory) {
        String quoted = "\""
                + directory.toAbsolutePath().toString().replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
        return "{\"version\":2,\"backend\":{\"type\":\"localfs\",\"localfs\":{\"dir\":" + quoted
                + "}},\"cache\":{\"type\":\"filecache\",\"filecache\":{\"work_dir\":" + quoted
                + "}},\"rafs\":{\"mode\":\"direct\",\"enable_xattr\":true}}";
    }
}
