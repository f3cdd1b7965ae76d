package io.obd.nydussnapshotter;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The configuration of the snapshotter: a TOML file, and what the command line puts in its place.
 *
 * @param root data directory
 * @param address unix socket to serve on
 * @param owner of that socket
 * @param mode how many daemons there are
 * @param driver how images become file systems
 * @param cleanupOnClose whether daemons and mounts go when the snapshotter stops
 * @param system socket of the system API, if it is served
 * @param metrics where figures are served, if they are
 * @param daemon how daemons are run
 * @param cgroup the control group of daemons, if they have one of their own
 * @param signatureKey with which bootstraps have to be signed, if they have to
 * @param snapshot how snapshots are mounted and removed
 * @param remote how registries are reached
 * @param cache where daemons keep data, and for how long
 * @param log where the log goes
 * @param warnings what the file says that has no effect
 */
record SnapshotterConfig(
        Path root,
        Path address,
        Owner owner,
        DaemonMode mode,
        FsDriver driver,
        boolean cleanupOnClose,
        Optional<SystemSocket> system,
        Optional<MetricsServer> metrics,
        Daemon daemon,
        Optional<Cgroup> cgroup,
        Optional<Path> signatureKey,
        Snapshots snapshot,
        Remote remote,
        Cache cache,
        Log log,
        List<String> warnings) {
    private static final Path DEFAULT_ROOT = Path.of("/var/lib/containerd/io.containerd.snapshotter.v1.nydus");
    private static final Path DEFAULT_ADDRESS = Path.of("/run/containerd-nydus/containerd-nydus-grpc.sock");
    private static final Path DEFAULT_SYSTEM = Path.of("/run/containerd-nydus/system.sock");
    private static final Path DEFAULT_NYDUSD_CONFIG = Path.of("/etc/nydus/nydusd-config.json");

    /**
     * Sockets of daemons lie below it, in {@code socket/<20 characters>/api.sock}, and Java takes names of 106 bytes. The
     * original takes one more.
     */
    private static final int ROOT_LIMIT = 69;

    private static final int MAX_ID = Integer.MAX_VALUE;
    private static final int MAX_DAYS = 36_500;
    private static final Map<String, String> LEVELS = Map.of(
            "panic", "error",
            "fatal", "error",
            "error", "error",
            "warn", "warn",
            "warning", "warn",
            "info", "info",
            "debug", "debug",
            "trace", "trace");

    /** Owner of a socket. */
    record Owner(int uid, int gid) {
        void give(Path file) throws IOException {
            Files.setAttribute(file, "unix:uid", uid);
            Files.setAttribute(file, "unix:gid", gid);
        }
    }

    /** Where the system API is served. */
    record SystemSocket(Path address, Owner owner) {}

    /**
     * Where figures are served, and how often those are looked at that others have to be asked for.
     *
     * @param hungReads how often daemons are asked for reads that have no answer, and how old those have to be
     * @param images how often daemons are asked for what they have read
     */
    record MetricsServer(InetSocketAddress address, Duration hungReads, Duration images) {}

    /**
     * The control group of daemons.
     *
     * @param memory bytes that they may use together
     */
    record Cgroup(OptionalLong memory) {}

    /**
     * How daemons are run.
     *
     * @param program path, or a name that is looked up in {@code PATH}
     * @param template what their configurations are made of
     * @param threads that serve a mount; 0 leaves it to the daemon
     * @param logRotation size in MB at which a log is put aside
     * @param failoverPolicy what a daemon does with requests that its predecessor left
     * @param startup time from the start of a daemon over which its use of processors is told by the system API; zero
     *     for none
     */
    record Daemon(
            String program,
            Path template,
            RecoverPolicy recovery,
            int threads,
            int logRotation,
            String failoverPolicy,
            Duration startup) {

        /** The same with another program. */
        Daemon with(String other) {
            return new Daemon(other, template, recovery, threads, logRotation, failoverPolicy, startup);
        }
    }

    /**
     * How snapshots are mounted and removed.
     *
     * @param nydusOverlayfs whether mounts of containers carry what a runtime needs to mount the image itself
     * @param helper program that makes such mounts, by name or path
     * @param kataVolume whether they carry volumes for Kata Containers
     * @param syncRemove whether directories go with their snapshots, not only at a cleanup
     * @param volatileUppers whether what containers write need not survive a crash
     */
    record Snapshots(
            boolean nydusOverlayfs, String helper, boolean kataVolume, boolean syncRemove, boolean volatileUppers) {}

    /**
     * How registries are reached.
     *
     * @param mirrors directory of mirrors, if there is one
     * @param renewal how often daemons are told new credentials; zero for never
     */
    record Remote(
            boolean vpcRegistry,
            boolean skipVerify,
            Optional<Path> mirrors,
            CredentialsConfig credentials,
            Duration renewal) {}

    /**
     * Where daemons keep data.
     *
     * @param collect whether what no image needs is removed
     * @param period how often
     */
    record Cache(Path directory, boolean collect, Duration period) {}

    /**
     * Where the log goes.
     *
     * @param stdout to standard output instead of a file
     * @param directory of the files
     * @param size in MB at which a file is put aside
     * @param backups how many are kept
     * @param age how long they are kept; zero for ever
     * @param localTime whether names of files put aside have the time of this place, not UTC
     */
    record Log(
            String level,
            boolean stdout,
            Path directory,
            long size,
            long backups,
            Duration age,
            boolean localTime,
            boolean compress) {}

    /** Memory of a group that is hardly enough for one daemon. */
    private static final long SMALL_GROUP = 512 << 20;

    /**
     * Reads a configuration.
     *
     * @param overrides values in the place of those of the file, by key
     * @throws IOException naming everything that is wrong
     */
    static SnapshotterConfig read(Optional<Path> path, Map<String, Object> overrides) throws IOException {
        TomlFile file = path.isPresent() ? TomlFile.read(path.get()) : TomlFile.empty();
        overrides.forEach(file::override);
        TomlTable top = file.root();
        if (path.isPresent() && top.integer("version", 0, 0, Long.MAX_VALUE) != 1) {
            top.problem("version", "has to be 1");
        }
        List<String> warnings = new ArrayList<>();
        Path root = root(top);
        FsDriver driver = driver(top.table("daemon"));
        SnapshotterConfig config = new SnapshotterConfig(
                root,
                top.path("address", DEFAULT_ADDRESS),
                owner(top),
                mode(top, driver),
                driver,
                top.bool("cleanup_on_close", false),
                system(top.table("system")),
                metrics(top.table("metrics")),
                daemon(top.table("daemon"), top.table("system").table("debug"), warnings),
                cgroup(top.table("cgroup"), warnings),
                signatureKey(top.table("image")),
                snapshots(top.table("snapshot")),
                remote(top.table("remote")),
                cache(top.table("cache_manager"), root),
                log(top.table("log"), root),
                warnings);
        refuse(top);
        file.check();
        warnings.addAll(file.unknownKeys());
        return config;
    }

    private static Path root(TomlTable top) {
        Path root = top.path("root", DEFAULT_ROOT);
        int length = root.toString().getBytes(StandardCharsets.UTF_8).length;
        if (length > ROOT_LIMIT) {
            top.problem(
                    "root",
                    root + " has " + length + " bytes, " + ROOT_LIMIT
                            + " are the most: names of sockets below it get too long");
        }
        return root;
    }

    private static Owner owner(TomlTable table) {
        return new Owner((int) table.integer("uid", 0, 0, MAX_ID), (int) table.integer("gid", 0, 0, MAX_ID));
    }

    private static FsDriver driver(TomlTable daemon) {
        return FsDriver.of(daemon.word("fs_driver", FsDriver.FUSEDEV.word(), FsDriver.words()));
    }

    private static DaemonMode mode(TomlTable top, FsDriver driver) {
        String word = top.word("daemon_mode", "multiple", List.of("multiple", "dedicated", "shared", "none"));
        if (driver != FsDriver.FUSEDEV) {
            return DaemonMode.NONE;
        }
        return switch (word) {
            case "shared" -> DaemonMode.SHARED;
            case "none" -> DaemonMode.NONE;
            default -> DaemonMode.DEDICATED;
        };
    }

    private static Optional<SystemSocket> system(TomlTable system) {
        TomlTable debug = system.table("debug");
        if (!debug.string("pprof_address", "").isEmpty()) {
            debug.problem("pprof_address", "is not supported: this is no Go program; jcmd and JFR look into it");
        }
        SystemSocket socket = new SystemSocket(system.path("address", DEFAULT_SYSTEM), owner(system));
        return system.bool("enable", false) ? Optional.of(socket) : Optional.empty();
    }

    /** {@code host:port} or {@code :port}; the latter is every address, as it is written. */
    private static Optional<MetricsServer> metrics(TomlTable metrics) {
        Duration hungReads = interval(metrics, "hung_io_interval", Duration.ofSeconds(10));
        Duration images = interval(metrics, "collect_interval", Duration.ofMinutes(1));
        String address = metrics.string("address", "");
        if (address.isEmpty()) {
            return Optional.empty();
        }
        int colon = address.lastIndexOf(':');
        String port = address.substring(colon + 1);
        if (colon < 0 || !port.matches("[0-9]{1,5}") || Integer.parseInt(port) > 65535) {
            metrics.problem("address", "host:port is expected, not \"" + address + "\"");
            return Optional.empty();
        }
        String host = address.substring(0, colon).replaceAll("^\\[|]$", "");
        InetSocketAddress served = host.isEmpty()
                ? new InetSocketAddress(Integer.parseInt(port))
                : new InetSocketAddress(host, Integer.parseInt(port));
        if (served.isUnresolved()) {
            // It would be served on all addresses.
            metrics.problem("address", "there is no host \"" + host + "\"");
            return Optional.empty();
        }
        return Optional.of(new MetricsServer(served, hungReads, images));
    }

    private static Duration interval(TomlTable metrics, String key, Duration fallback) {
        Duration interval = metrics.duration(key, fallback);
        if (interval.isZero() || interval.isNegative()) {
            metrics.problem(key, "has to be longer than nothing");
        }
        return interval;
    }

    private static Daemon daemon(TomlTable daemon, TomlTable debug, List<String> warnings) {
        if (!daemon.string("nydusimage_path", "").isEmpty()) {
            warnings.add("daemon.nydusimage_path (--nydus-image) has no effect: only tarfs needs the program");
        }
        return new Daemon(
                daemon.string("nydusd_path", "nydusd"),
                daemon.path("nydusd_config", DEFAULT_NYDUSD_CONFIG),
                RecoverPolicy.of(daemon.word("recover_policy", RecoverPolicy.RESTART.word(), RecoverPolicy.words())),
                (int) daemon.integer("threads_number", 0, 0, 1024),
                (int) daemon.integer("log_rotation_size", 100, 0, MAX_ID),
                daemon.word("failover_policy", "resend", List.of("none", "resend", "flush")),
                Duration.ofSeconds(debug.integer("daemon_cpu_profile_duration_secs", 0, 0, MAX_ID)));
    }

    private static Optional<Cgroup> cgroup(TomlTable cgroup, List<String> warnings) {
        String limit = cgroup.string("memory_limit", "");
        OptionalLong bytes = OptionalLong.empty();
        if (!limit.isEmpty()) {
            bytes = MemoryLimit.parse(limit, MemoryLimit.ofThisMachine());
            if (bytes.isEmpty()) {
                cgroup.problem(
                        "memory_limit", "\"" + limit + "\" is no amount of memory, as 2GiB, 10% or 2147483648 are");
            }
        }
        if (!cgroup.bool("enable", false)) {
            return Optional.empty();
        }
        if (bytes.isPresent() && bytes.getAsLong() < SMALL_GROUP) {
            warnings.add(
                    "cgroup.memory_limit: " + limit + " for all daemons together is little: one of them takes 150 to"
                            + " 500 MB, and the kernel kills them when it is reached");
        }
        return Optional.of(new Cgroup(bytes));
    }

    private static Optional<Path> signatureKey(TomlTable image) {
        Optional<Path> key = image.optionalPath("public_key_file");
        if (!image.bool("validate_signature", false)) {
            return Optional.empty();
        }
        if (key.isEmpty()) {
            image.problem("validate_signature", "needs public_key_file");
        }
        return key;
    }

    private static Snapshots snapshots(TomlTable snapshot) {
        return new Snapshots(
                snapshot.bool("enable_nydus_overlayfs", false),
                snapshot.string("nydus_overlayfs_path", "nydus-overlayfs"),
                snapshot.bool("enable_kata_volume", false),
                snapshot.bool("sync_remove", false),
                snapshot.bool("enable_overlayfs_volatile", false));
    }

    private static Remote remote(TomlTable remote) {
        return new Remote(
                remote.bool("convert_vpc_registry", false),
                remote.bool("skip_ssl_verify", false),
                remote.table("mirrors_config").optionalPath("dir"),
                CredentialsConfig.read(remote.table("auth")),
                remote.table("auth").duration("credential_renewal_interval", Duration.ZERO));
    }

    private static Cache cache(TomlTable cache, Path root) {
        return new Cache(
                cache.path("cache_dir", root.resolve("cache")),
                !cache.bool("disable", false),
                cache.duration("gc_period", Duration.ofHours(24)));
    }

    private static Log log(TomlTable log, Path root) {
        String word = log.string("level", "info");
        if (!LEVELS.containsKey(word)) {
            log.problem("level", "\"" + word + "\" is not a log level");
        }
        return new Log(
                LEVELS.getOrDefault(word, "info"),
                log.bool("log_to_stdout", false),
                log.path("dir", root.resolve("logs")),
                log.integer("log_rotation_max_size", 200, 1, MAX_ID),
                log.integer("log_rotation_max_backups", 5, 0, MAX_ID),
                Duration.ofDays(log.integer("log_rotation_max_age", 0, 0, MAX_DAYS)),
                log.bool("log_rotation_local_time", true),
                log.bool("log_rotation_compress", true));
    }

    /** What would change what users get must not be passed over. */
    private static void refuse(TomlTable top) {
        TomlTable experimental = top.table("experimental");
        for (String key :
                List.of("enable_stargz", "enable_referrer_detect", "enable_index_detect", "enable_backend_source")) {
            refuse(experimental, key);
        }
        TomlTable tarfs = experimental.table("tarfs");
        refuse(tarfs, "enable_tarfs");
        tarfs.bool("mount_tarfs_on_host", false);
        tarfs.bool("tarfs_hint", false);
        tarfs.integer("max_concurrent_proc", 0, 0, MAX_ID);
        tarfs.string("export_mode", "");
    }

    private static void refuse(TomlTable table, String key) {
        if (table.bool(key, false)) {
            table.problem(key, "is not supported");
        }
    }
}
