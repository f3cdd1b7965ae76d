package io.obd.snapshotter;

import io.obd.image.ConfigFile;
import io.obd.image.ConfigObject;
import io.obd.image.ControlClient;
import io.obd.snapshots.Snapshotter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The configuration file of the snapshotter. Settings of features that do not exist yet are refused, not ignored.
 *
 * @param root data directory
 * @param address unix socket to serve on
 * @param logLevel error, warn, info, debug or trace
 * @param removal what goes when with removed snapshots: keys {@code asyncRemove} and {@code autoRemoveDev}
 * @param insecureHosts registries that are spoken to without TLS
 * @param defaultFsType file system of layers that do not name theirs
 * @param rwMode where writes of containers go whose labels do not say
 * @param docker whether Docker's init layers are to be recognised
 * @param sparse whether writable layers are sparse files instead of logs
 * @param turboFsTypes file systems in the order in which they are taken where a turboOCI layer has several
 * @param tools directory of the overlaybd-* programs
 * @param tenant first part of the names of devices
 * @param exporter where figures are served, if they are
 * @param controlSocket where the backend listens
 * @param warnings what the file says that has no effect
 */
record SnapshotterConfig(
        Path root,
        Path address,
        String logLevel,
        Snapshotter.Options removal,
        Set<String> insecureHosts,
        FileSystemType defaultFsType,
        RwMode rwMode,
        boolean docker,
        boolean sparse,
        List<String> turboFsTypes,
        Path tools,
        String tenant,
        Optional<Metrics.Exporter> exporter,
        Path controlSocket,
        List<String> warnings) {
    static final Path DEFAULT_FILE = Path.of("/etc/overlaybd-snapshotter/config.json");

    private static final Path DEFAULT_TOOLS = Path.of("/opt/overlaybd/bin");
    private static final String DEFAULT_TENANT = "999999999";
    private static final List<String> TURBO_FS_TYPES = List.of("erofs", "ext4");
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
        ConfigFile file = ConfigFile.read(path);
        ConfigObject root = file.root();
        List<String> warnings = new ArrayList<>();
        refuseWhatIsNotBuilt(root);
        SnapshotterConfig config = new SnapshotterConfig(
                required(root, "root"),
                required(root, "address"),
                level(root, warnings),
                removal(root),
                insecureHosts(root),
                fsType(root),
                rwMode(root),
                docker(root),
                root.word("writableLayerType", "append", Set.of("append", "sparse"))
                        .equals("sparse"),
                turboFsTypes(root),
                Path.of(root.string("toolDirectory", DEFAULT_TOOLS.toString())),
                tenant(root),
                exporter(root.object("exporterConfig")),
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
        String level = LEVELS.get(word);
        if (level == null) {
            warnings.add("verbose: \"" + word + "\" is not a log level, info is used");
            return "info";
        }
        return level;
    }

    private static Set<String> insecureHosts(ConfigObject root) {
        Set<String> hosts = new HashSet<>();
        for (ConfigObject mirror : root.objects("mirrorRegistry")) {
            String host = mirror.string("host", "");
            if (mirror.bool("insecure", false)) {
                hosts.add(host);
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

    private static String tenant(ConfigObject root) {
        long tenant = root.integer("tenant", -1, -1, Integer.MAX_VALUE);
        return tenant == -1 ? DEFAULT_TENANT : Long.toString(tenant);
    }

    private static void refuseWhatIsNotBuilt(ConfigObject root) {
        refuseUnless(root, "rootfsQuota", "");
        refuseIfTrue(root, "logReportCaller");
    }

    private static void refuseUnless(ConfigObject object, String key, String only) {
        String value = object.string(key, only);
        if (!value.equals(only)) {
            object.problem(
                    key, "\"" + value + "\" is not supported yet" + (only.isEmpty() ? "" : ", only " + only + " is"));
        }
    }

    private static void refuseIfTrue(ConfigObject object, String key) {
        if (object.bool(key, false)) {
            object.problem(key, "is not supported yet: set it to false");
        }
    }
}
