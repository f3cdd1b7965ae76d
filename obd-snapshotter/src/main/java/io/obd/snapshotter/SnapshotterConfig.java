package io.obd.snapshotter;

import io.obd.image.ConfigFile;
import io.obd.image.ConfigObject;
import io.obd.image.ControlClient;
import io.obd.image.ServiceConfig.Mirror;
import io.obd.snapshots.Snapshotter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The configuration file of the snapshotter.
 *
 * @param root data directory
 * @param address unix socket to serve on
 * @param logLevel error, warn, info, debug or trace
 * @param logCaller whether log lines name the code that they come from
 * @param removal what goes when with removed snapshots: keys {@code asyncRemove} and {@code autoRemoveDev}
 * @param mirrors hosts that are asked before the registry of an image
 * @param insecureHosts registries that are spoken to without TLS
 * @param defaultFsType file system of layers that do not name theirs
 * @param rwMode where writes of containers go whose labels do not say
 * @param docker whether Docker's init layers are to be recognised
 * @param sparse whether writable layers are sparse files instead of logs
 * @param rootfsQuota bytes that a container may write whose labels do not say, 0 for no limit
 * @param turboFsTypes file systems in the order in which they are taken where a turboOCI layer has several
 * @param tools directory of the overlaybd-* programs
 * @param tenant first part of the names of devices
 * @param exporter where figures are served, if they are
 * @param credentials where credentials of registries are looked for
 * @param controlSocket where the backend listens
 * @param warnings what the file says that has no effect
 */
record SnapshotterConfig(
        Path root,
        Path address,
        String logLevel,
        boolean logCaller,
        Snapshotter.Options removal,
        List<Mirror> mirrors,
        Set<String> insecureHosts,
        FileSystemType defaultFsType,
        RwMode rwMode,
        boolean docker,
        boolean sparse,
        long rootfsQuota,
        List<String> turboFsTypes,
        Path tools,
        long tenant,
        Optional<Metrics.Exporter> exporter,
        CredentialsConfig credentials,
        Path controlSocket,
        List<String> warnings) {
    static final Path DEFAULT_FILE = Path.of("/etc/overlaybd-snapshotter/config.json");

    private static final Path DEFAULT_TOOLS = Path.of("/opt/overlaybd/bin");
    private static final long DEFAULT_TENANT = 999_999_999;
    private static final List<String> TURBO_FS_TYPES = List.of("erofs", "ext4");
    private static final Pattern MIRROR =
            Pattern.compile("[A-Za-z0-9._-]+(:[0-9]{1,5})?|\\[[0-9A-Fa-f:.]+](:[0-9]{1,5})?");
    private static final Set<String> DOCKER_HUB = Set.of("docker.io", "index.docker.io", "registry-1.docker.io");
    private static final Map<String, String> LEVELS = Map.of(
            "panic", "error",
            "fatal", "error",
            "error", "error",
            "warn", "warn",
            "warning", "warn",
            "info", "info",
            "debug", "debug",
            "trace", "trace");

    /**
     * Reads a file.
     *
     * @throws io.obd.image.ConfigException naming file, line and key of everything that is wrong
     */
    static SnapshotterConfig read(Path path) throws IOException {
        ConfigFile file = ConfigFile.readIgnoringCase(path);
        ConfigObject root = file.root();
        List<String> warnings = new ArrayList<>();
        SnapshotterConfig config = new SnapshotterConfig(
                required(root, "root"),
                required(root, "address"),
                level(root, warnings),
                root.bool("logReportCaller", false),
                removal(root),
                mirrors(root),
                insecureHosts(root),
                fsType(root),
                rwMode(root),
                docker(root),
                root.word("writableLayerType", "append", Set.of("append", "sparse"))
                        .equals("sparse"),
                rootfsQuota(root),
                turboFsTypes(root),
                Path.of(root.string("toolDirectory", DEFAULT_TOOLS.toString())),
                tenant(root),
                exporter(root.object("exporterConfig")),
                CredentialsConfig.read(root.object("credentials")),
                Path.of(root.string("controlSocket", ControlClient.DEFAULT_SOCKET.toString())),
                warnings);
        file.check();
        warnings.addAll(file.unknownKeys());
        return config;
    }

    private static Path required(ConfigObject object, String key) {
        String path = object.string(key, "");
        if (path.isEmpty() || !Path.of(path).isAbsolute()) {
            object.problem(key, "an absolute path is needed");
        }
        return Path.of(path);
    }

    private static String level(ConfigObject root, List<String> warnings) {
        String word = root.string("verbose", "info");
        String level = LEVELS.get(word.toLowerCase(Locale.ROOT));
        if (level == null) {
            warnings.add("verbose: \"" + word + "\" is not a log level, info is used");
            return "info";
        }
        return level;
    }

    /** Docker Hub is a mirror of nobody: the original's example file lists it all the same. */
    private static List<Mirror> mirrors(ConfigObject root) {
        List<Mirror> mirrors = new ArrayList<>();
        for (ConfigObject mirror : root.objects("mirrorRegistry")) {
            String host = mirror.string("host", "");
            if (!MIRROR.matcher(host).matches()) {
                mirror.problem("host", "host[:port] is expected, not \"" + host + "\"");
            } else if (!DOCKER_HUB.contains(host)) {
                mirrors.add(new Mirror(host, mirror.bool("insecure", false), "", Map.of()));
            }
        }
        return mirrors;
    }

    private static Set<String> insecureHosts(ConfigObject root) {
        Set<String> hosts = new HashSet<>();
        for (ConfigObject mirror : root.objects("mirrorRegistry")) {
            if (mirror.bool("insecure", false)) {
                hosts.add(mirror.string("host", ""));
            }
        }
        return hosts;
    }

    private static FileSystemType fsType(ConfigObject root) {
        try {
            return FileSystemType.parse(root.string("defaultFsType", "ext4"));
        } catch (IllegalArgumentException e) {
            root.problem("defaultFsType", String.valueOf(e.getMessage()));
            return FileSystemType.of("ext4");
        }
    }

    /** Docker's images do not go when its containers do, so devices go with containers there. */
    private static Snapshotter.Options removal(ConfigObject root) {
        return new Snapshotter.Options(
                root.bool("asyncRemove", false), root.bool("autoRemoveDev", false) || docker(root));
    }

    private static boolean docker(ConfigObject root) {
        boolean docker = root.word("runtimeType", "containerd", Set.of("containerd", "docker"))
                .equals("docker");
        if (docker && rwMode(root) != RwMode.OVERLAYFS) {
            root.problem("runtimeType", "docker needs rwMode overlayfs");
        }
        return docker;
    }

    private static Optional<Metrics.Exporter> exporter(ConfigObject exporter) {
        boolean enabled = exporter.bool("enable", false);
        String path = exporter.string("uriPrefix", "/metrics");
        int port = (int) exporter.integer("port", 9863, 0, 65535);
        if (!path.startsWith("/") || path.equals("/")) {
            exporter.problem("uriPrefix", "a path such as /metrics is expected");
        }
        return enabled ? Optional.of(new Metrics.Exporter(path, port)) : Optional.empty();
    }

    private static long rootfsQuota(ConfigObject root) {
        String size = root.string("rootfsQuota", "");
        try {
            return size.isEmpty() ? 0 : DiskSize.parse(size);
        } catch (IllegalArgumentException e) {
            root.problem("rootfsQuota", "\"" + size + "\": " + e.getMessage());
            return 0;
        }
    }

    private static RwMode rwMode(ConfigObject root) {
        String word = root.word("rwMode", "overlayfs", Set.of("overlayfs", "dir", "dev"));
        return RwMode.of(word).orElse(RwMode.OVERLAYFS);
    }

    private static List<String> turboFsTypes(ConfigObject root) {
        List<String> types = new ArrayList<>(root.strings("turboFsType"));
        for (String type : types) {
            if (!TURBO_FS_TYPES.contains(type)) {
                root.problem("turboFsType", "\"" + type + "\" is not one of " + TURBO_FS_TYPES);
            }
        }
        TURBO_FS_TYPES.stream().filter(type -> !types.contains(type)).forEach(types::add);
        return types;
    }

    private static long tenant(ConfigObject root) {
        long tenant = root.integer("tenant", -1, -1, Integer.MAX_VALUE);
        return tenant == -1 ? DEFAULT_TENANT : tenant;
    }
}
