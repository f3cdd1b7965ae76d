package io.obd.image;

import io.obd.image.ServiceConfig.Cache;
import io.obd.image.ServiceConfig.Credentials;
import io.obd.image.ServiceConfig.Exporter;
import io.obd.image.ServiceConfig.Frontend;
import io.obd.image.ServiceConfig.Log;
import io.obd.image.ServiceConfig.Mirror;
import io.obd.image.ServiceConfig.Registry;
import io.obd.image.ServiceConfig.SnapshotService;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Key names, defaults and legacy keys of {@code overlaybd.json}. */
final class ServiceConfigReader {
    private static final long GIB = 1L << 30;
    private static final int PAGE = 4096;
    private static final int MOST_PORT = 65_535;
    private static final int MAX_REFILL = 16 << 20;
    private static final String CACHE_DIR = "/opt/overlaybd/registry_cache";
    private static final String GZIP_CACHE_DIR = "/opt/overlaybd/gzip_cache";
    private static final String ABSOLUTE = "a path that begins with / is expected, found ";

    private final ConfigFile file;
    private final ConfigObject root;
    private final List<String> warnings = new ArrayList<>();

    ServiceConfigReader(ConfigFile file) {
        this.file = file;
        this.root = file.root();
    }

    ServiceConfig read() throws ConfigException {
        ServiceConfig config = new ServiceConfig(
                log(),
                cache(),
                gzipCache(root.object("gzipCacheConfig")),
                credentials(),
                registry(),
                DownloadConfig.read(root.object("download")),
                audit(),
                p2p(root.object("p2pConfig")),
                exporter(root.object("exporterConfig")),
                snapshots(root.object("serviceConfig")),
                controlSocket(),
                frontend(),
                seconds(root, "ioTimeoutSeconds", 60),
                userAgent(),
                (int) root.object("prefetchConfig").integer("concurrency", 16, 1, 1024),
                warnings);
        noteWithoutEffect();
        file.check();
        warnings.addAll(file.warnings());
        warnings.addAll(file.unknownKeys());
        return config;
    }

    private Log log() {
        ConfigObject log = root.object("logConfig");
        String legacyPath = path(root, "logPath", "/var/log/overlaybd.log");
        int legacyLevel = (int) root.integer("logLevel", 1, 0, 3);
        String path = path(log, "logPath", "");
        boolean legacy = path.isEmpty();
        noteSuperseded("logPath", !legacy, "logConfig.logPath");
        noteSuperseded("logLevel", !legacy || log.has("logLevel"), "logConfig");
        return new Log(
                legacy && !log.has("logLevel") ? legacyLevel : (int) log.integer("logLevel", 1, 0, 3),
                legacy ? legacyPath : path,
                log.integer("logSizeMB", 10, 1, 1 << 20) << 20,
                (int) log.integer("logRotateNum", 3, 0, 1000));
    }

    private Cache cache() {
        ConfigObject cache = root.object("cacheConfig");
        String legacyType = root.word("cacheType", "file", Set.of("file", "ocf", "download"));
        Path legacyDir = directory(root, "registryCacheDir", CACHE_DIR);
        long legacySize = root.integer("registryCacheSizeGB", 4, 1, 1 << 20);
        String type = cache.word("cacheType", "", Set.of("file", "ocf", "download"));
        boolean legacy = type.isEmpty();
        switch (legacy ? legacyType : type) {
            case "ocf" ->
                warnings.add(cacheType(legacy) + ": \"ocf\" is like \"file\" here, and blockSize has no effect:"
                        + " blocks are kept in files that are evicted piece by piece");
            case "download" ->
                warnings.add(cacheType(legacy) + ": \"download\" is like \"file\" here: layers with a dir are"
                        + " fetched whole where download.enable says so, and what was read meanwhile is in cacheDir");
            default -> {}
        }
        noteSuperseded("cacheType", !legacy, "cacheConfig.cacheType");
        noteSuperseded("registryCacheDir", !legacy || cache.has("cacheDir"), "cacheConfig");
        noteSuperseded("registryCacheSizeGB", !legacy || cache.has("cacheSizeGB"), "cacheConfig");
        return new Cache(
                directory(cache, "cacheDir", legacy ? legacyDir.toString() : CACHE_DIR),
                cache.integer("cacheSizeGB", legacy ? legacySize : 4, 1, 1 << 20) * GIB,
                refillSize(cache, 256 << 10));
    }

    private static String cacheType(boolean legacy) {
        return legacy ? "cacheType" : "cacheConfig.cacheType";
    }

    private static Optional<Cache> gzipCache(ConfigObject cache) {
        boolean enable = cache.bool("enable", false);
        Cache settings = new Cache(
                directory(cache, "cacheDir", GZIP_CACHE_DIR),
                cache.integer("cacheSizeGB", 4, 1, 1 << 20) * GIB,
                refillSize(cache, 1 << 20));
        return enable ? Optional.of(settings) : Optional.empty();
    }

    private static int refillSize(ConfigObject cache, int fallback) {
        int refillSize = (int) cache.integer("refillSize", fallback, PAGE, MAX_REFILL);
        if (refillSize % PAGE != 0) {
            cache.problem("refillSize", refillSize + " is no multiple of " + PAGE);
        }
        return refillSize;
    }

    private Credentials credentials() {
        ConfigObject credentials = root.object("credentialConfig");
        String legacyPath = path(root, "credentialFilePath", "/opt/overlaybd/cred.json");
        String mode = credentials.word("mode", "", Set.of("file", "http", "https", "uds"));
        boolean legacy = mode.isEmpty();
        String path =
                switch (mode) {
                    case "file", "uds" -> path(credentials, "path", "");
                    default -> credentials.string("path", "");
                };
        if (legacy && !path.isEmpty()) {
            credentials.warning("path", "has no effect, as credentialConfig.mode is missing");
        }
        if (!legacy && !mode.equals("file") && path.isEmpty()) {
            credentials.problem("path", "mode \"" + mode + "\" needs the place of the service, found none");
        }
        noteSuperseded("credentialFilePath", !legacy, "credentialConfig");
        if (mode.startsWith("http") && path.startsWith("/")) {
            credentials.problem(
                    "path",
                    "mode \"" + mode + "\" needs the address of the service, found " + quoted(path)
                            + ", which modes \"file\" and \"uds\" take");
        }
        checkPair(credentials, "client_cert_path", "client_key_path");
        return new Credentials(
                legacy ? "file" : mode,
                legacy ? legacyPath : path,
                seconds(credentials, "timeout", 1),
                path(credentials, "client_cert_path", ""),
                path(credentials, "client_key_path", ""),
                path(credentials, "server_ca_path", ""));
    }

    private Registry registry() {
        ConfigObject registry = root.object("registry");
        ConfigObject certificates = root.object("certConfig");
        checkPair(certificates, "certFile", "keyFile");
        return new Registry(
                seconds(registry, "connectTimeout", 5),
                seconds(registry, "readTimeout", 30),
                mirrors(registry.object("mirrors")),
                directory(registry, "hostsDir", "/etc/containerd/certs.d"),
                proxy(registry),
                caFiles(registry),
                registry.strings("insecureHosts"),
                presentPath(certificates, "certFile"),
                presentPath(certificates, "keyFile"));
    }

    /** Not shown when it is wrong: there may be a password in it. */
    private static String proxy(ConfigObject registry) {
        String proxy = registry.string("proxy", "");
        if (!proxy.isEmpty() && !proxy.contains("://")) {
            registry.problem("proxy", "http://[<user>:<password>@]<host>[:<port>] is expected");
        }
        return proxy;
    }

    private static List<Path> caFiles(ConfigObject registry) {
        List<String> files = registry.strings("caFiles").stream()
                .filter(file -> !file.isEmpty())
                .toList();
        files.forEach(file -> {
            noteRelative(registry, "caFiles", file);
            noteMissing(registry, "caFiles", file);
        });
        return files.stream().map(Path::of).toList();
    }

    private static String presentPath(ConfigObject object, String key) {
        String path = path(object, key, "");
        noteMissing(object, key, path);
        return path;
    }

    /** No error: what is mounted or renewed may be there when it is needed. */
    private static void noteMissing(ConfigObject object, String key, String file) {
        if (!file.isEmpty() && !Files.exists(Path.of(file))) {
            object.warning(key, "there is no file " + file + " yet: registries cannot be asked by TLS until there is");
        }
    }

    private static void checkPair(ConfigObject object, String certificate, String key) {
        boolean hasCertificate = !object.string(certificate, "").isEmpty();
        boolean hasKey = !object.string(key, "").isEmpty();
        if (hasCertificate != hasKey) {
            object.problem(
                    hasCertificate ? certificate : key, "of no use without " + (hasCertificate ? key : certificate));
        }
    }

    /** A file or socket, or none. */
    private static String path(ConfigObject object, String key, String fallback) {
        String path = object.string(key, fallback);
        noteRelative(object, key, path);
        return path;
    }

    /** No error: the original takes them. But they begin wherever the daemon happens to be started. */
    private static void noteRelative(ConfigObject object, String key, String file) {
        if (!file.isEmpty() && !file.startsWith("/")) {
            object.warning(key, "does not begin with /, it is " + Path.of(file).toAbsolutePath() + " this time");
        }
    }

    private static Path directory(ConfigObject object, String key, String fallback) {
        String path = path(object, key, fallback);
        if (path.isEmpty()) {
            object.problem(key, ABSOLUTE + quoted(path));
        }
        return Path.of(path);
    }

    private static String quoted(String text) {
        return "\"" + text + "\"";
    }

    /** Other characters cannot be in a header. */
    private String userAgent() {
        String name = root.string("userAgent", "");
        if (!name.chars().allMatch(c -> c >= ' ' && c <= '~')) {
            root.problem("userAgent", "printable ASCII characters are expected");
        }
        return name;
    }

    private void noteSuperseded(String key, boolean superseded, String by) {
        if (superseded && root.has(key)) {
            root.warning(key, "has no effect beside " + by);
        }
    }

    private static Map<String, List<Mirror>> mirrors(ConfigObject mirrors) {
        Map<String, List<Mirror>> byHost = new LinkedHashMap<>();
        for (String host : mirrors.keys()) {
            byHost.put(
                    host,
                    mirrors.objects(host).stream()
                            .map(ServiceConfigReader::mirror)
                            .toList());
        }
        return byHost;
    }

    private static Mirror mirror(ConfigObject mirror) {
        ConfigObject header = mirror.object("header");
        Map<String, String> headers = new LinkedHashMap<>();
        header.keys().forEach(name -> headers.put(name, header.string(name, "")));
        return new Mirror(mirror.string("host", ""), mirror.bool("insecure", false), mirror.string("ca", ""), headers);
    }

    private static Exporter exporter(ConfigObject exporter) {
        String path = exporter.string("uriPrefix", "/metrics");
        if (!path.startsWith("/")) {
            exporter.problem("uriPrefix", ABSOLUTE + quoted(path));
        }
        return new Exporter(
                exporter.bool("enable", false),
                exporter.string("address", "127.0.0.1"),
                path,
                (int) exporter.integer("port", 9863, 0, 65535),
                Duration.of(exporter.integer("updateInterval", 60_000_000, 1000, 86_400_000_000L), ChronoUnit.MICROS));
    }

    private Path controlSocket() {
        String path = path(root, "controlSocket", ControlClient.DEFAULT_SOCKET.toString());
        if (path.isEmpty()) {
            root.problem("controlSocket", "the path of a socket is expected, found none");
        }
        return Path.of(path);
    }

    private Optional<Path> audit() {
        boolean enable = root.bool("enableAudit", true);
        String path = path(root, "auditPath", "/var/log/overlaybd-audit.log");
        return enable && !path.isEmpty() ? Optional.of(Path.of(path)) : Optional.empty();
    }

    /** Without a scheme the original asks a wrong host; here it is HTTP. */
    private static Optional<String> p2p(ConfigObject p2p) {
        boolean enable = p2p.bool("enable", false);
        String address = p2p.string("address", "http://localhost:9731/accelerator");
        String url = address.contains("://") ? address : "http://" + address;
        try {
            URI uri = new URI(url);
            if (uri.getHost() == null
                    || uri.getPort() > MOST_PORT
                    || !Set.of("http", "https").contains(uri.getScheme())) {
                p2p.problem("address", "http://<host>[:<port>][/<path>] is expected, found " + quoted(address));
            }
        } catch (URISyntaxException _) {
            p2p.problem("address", "http://<host>[:<port>][/<path>] is expected, found " + quoted(address));
        }
        return enable ? Optional.of(url.endsWith("/") ? url.substring(0, url.length() - 1) : url) : Optional.empty();
    }

    private static SnapshotService snapshots(ConfigObject service) {
        boolean enable = service.bool("enable", false);
        String address = service.string("address", "http://127.0.0.1:9862");
        try {
            URI uri = new URI(address);
            if ("http".equals(uri.getScheme())
                    && uri.getHost() != null
                    && uri.getPort() > 0
                    && uri.getPort() <= MOST_PORT) {
                return new SnapshotService(enable, uri.getHost().replaceAll("[\\[\\]]", ""), uri.getPort());
            }
        } catch (URISyntaxException _) {
            // told below
        }
        service.problem("address", "http://<address>:<port> is expected, found " + quoted(address));
        return new SnapshotService(false, "", 0);
    }

    private Frontend frontend() {
        Set<String> words = Arrays.stream(Frontend.values()).map(Frontend::word).collect(Collectors.toSet());
        String word = root.word("frontend", Frontend.AUTO.word(), words);
        return Arrays.stream(Frontend.values())
                .filter(frontend -> frontend.word().equals(word))
                .findFirst()
                .orElseThrow();
    }

    /** Known settings of the original that do nothing here are read, checked, and named when switched on. */
    private void noteWithoutEffect() {
        if (root.bool("enableThread", false)) {
            warnings.add("enableThread: has no effect, every request of a device is worked on by a thread of its own");
        }
        if (root.integer("ioEngine", 0, 0, 2) != 0) {
            warnings.add("ioEngine: has no effect, local files are read with pread through the page cache, as with 0");
        }
        if (!root.string("registryFsVersion", "v2").equals("v2")) {
            warnings.add("registryFsVersion: has no effect, there is one registry client, which does what v2 does");
        }
        root.object("cacheConfig").integer("blockSize", 65536, 512, 64 << 20);
    }

    private static Duration seconds(ConfigObject object, String key, int fallback) {
        return Duration.ofSeconds(object.integer(key, fallback, 1, 86400));
    }
}
