package io.obd.nydussnapshotter;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The command line of {@code containerd-nydus-grpc}: what it says takes the place of what the file says. */
@Command(
        name = "containerd-nydus-grpc",
        description = "Serves containerd's snapshots service for nydus and ordinary images.",
        sortOptions = false,
        abbreviateSynopsis = true)
final class Arguments {
    @Option(names = "--root", paramLabel = "DIR", description = "data directory")
    private @Nullable String root;

    @Option(names = "--address", paramLabel = "SOCKET", description = "unix socket to serve on")
    private @Nullable String address;

    @Option(names = "--config", paramLabel = "FILE", description = "configuration (TOML); without it, the defaults")
    private @Nullable Path config;

    @Option(
            names = {"--nydus-image", "--nydusimg-path"},
            paramLabel = "FILE",
            description = "taken, and not needed")
    private @Nullable String nydusImage;

    @Option(
            names = {"--nydusd", "--nydusd-path"},
            paramLabel = "FILE",
            description = "the nydusd program; the default is looked up in PATH")
    private @Nullable String nydusd;

    @Option(
            names = {"--nydusd-config", "--config-path"},
            paramLabel = "FILE",
            description = "what configurations of daemons are made of (default: /etc/nydus/nydusd-config.json)")
    private @Nullable String nydusdConfig;

    @Option(names = "--nydus-overlayfs-path", paramLabel = "FILE", description = "the mount helper, by name or path")
    private @Nullable String helper;

    @Option(names = "--cache-dir", paramLabel = "DIR", description = "where daemons keep what they have read")
    private @Nullable String cache;

    @Option(
            names = "--daemon-mode",
            paramLabel = "MODE",
            description = "dedicated, multiple (the same), shared or none")
    private @Nullable String mode;

    @Option(
            names = "--shared-daemon",
            arity = "0..1",
            fallbackValue = "true",
            description = "the same as --daemon-mode shared")
    private boolean shared;

    @Option(names = "--fs-driver", paramLabel = "DRIVER", description = "fusedev, proxy or nodev")
    private @Nullable String driver;

    @Option(names = "--log-level", paramLabel = "LEVEL", description = "trace, debug, info, warn or error")
    private @Nullable String level;

    @Option(
            names = "--log-to-stdout",
            arity = "0..1",
            fallbackValue = "true",
            description = "log to standard output, not to a file")
    private @Nullable Boolean stdout;

    @Option(names = "--version", description = "print the version and end")
    private boolean version;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "print this and end")
    private boolean help;

    boolean wantsVersion() {
        return version;
    }

    boolean wantsHelp() {
        return help;
    }

    Optional<Path> config() {
        return Optional.ofNullable(config);
    }

    /** Values in the place of those of the file, by their keys there. */
    Map<String, Object> overrides() {
        Map<String, Object> values = new LinkedHashMap<>();
        put(values, "root", root);
        put(values, "address", address);
        put(values, "daemon.nydusimage_path", nydusImage);
        put(values, "daemon.nydusd_path", nydusd);
        put(values, "daemon.nydusd_config", nydusdConfig);
        put(values, "snapshot.nydus_overlayfs_path", helper);
        put(values, "cache_manager.cache_dir", cache);
        put(values, "daemon_mode", shared ? "shared" : mode);
        put(values, "daemon.fs_driver", driver);
        put(values, "log.level", level);
        put(values, "log.log_to_stdout", stdout);
        return values;
    }

    private static void put(Map<String, Object> values, String key, @Nullable Object value) {
        if (value != null) {
            values.put(key, value);
        }
    }
}
