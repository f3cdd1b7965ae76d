package io.obd.e2e;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The backend daemon with its own configuration, cache and socket. */
final class Backend extends Service {
    private final Path directory;
    private final Installation installation;
    private final Map<String, String> environment;

    Backend(Path directory, Installation installation, Map<String, String> environment) throws IOException {
        this.directory = Files.createDirectories(directory);
        this.installation = installation;
        this.environment = environment;
    }

    /** One that serves layers of local files through FUSE and loop devices; not started yet. */
    static Backend ofLocalLayers(Path directory, Installation installation) throws IOException {
        return ofLocalLayers(directory, installation, Map.of());
    }

    /**
     * The same with other settings besides.
     *
     * @param more keys of its configuration
     */
    static Backend ofLocalLayers(Path directory, Installation installation, Map<String, Object> more)
            throws IOException {
        Backend backend = new Backend(directory, installation, Map.of("JAVA_HOME", System.getProperty("java.home")));
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("logPath", "");
        settings.put("enableAudit", false);
        settings.put("frontend", "fuse-loop");
        settings.put("controlSocket", backend.controlSocket().toString());
        settings.put("cacheConfig", Map.of("cacheDir", backend.cache().toString()));
        settings.putAll(more);
        Files.writeString(backend.configuration(), Json.write(settings));
        return backend;
    }

    /** The file with the daemon's settings. */
    Path configuration() {
        return directory.resolve("overlaybd.json");
    }

    Path controlSocket() {
        return directory.resolve("control.sock");
    }

    Path cache() {
        return directory.resolve("cache");
    }

    /** The file with registry passwords; it is read anew for every request that needs one. */
    Path credentials() {
        return directory.resolve("cred.json");
    }

    LogFile log() {
        return new LogFile(directory.resolve("overlaybd-tcmu.log"));
    }

    /** Where it looks for {@code hosts.toml}; there is none at first. */
    Path hostsDirectory() {
        return directory.resolve("certs.d");
    }

    /** Writes the configuration for a registry: private authority, password, nothing fetched ahead. */
    void configure(Registry registry, Map<String, Object> more) throws IOException {
        Files.writeString(credentials(), registry.credentials(registry.user()));
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("logLevel", 1);
        settings.put("logPath", "");
        settings.put("auditPath", directory.resolve("audit.log").toString());
        settings.put("controlSocket", controlSocket().toString());
        settings.put("cacheConfig", Map.of("cacheType", "file", "cacheDir", cache().toString(), "cacheSizeGB", 4));
        settings.put(
                "credentialConfig", Map.of("mode", "file", "path", credentials().toString()));
        settings.put("download", Map.of("enable", false));
        // The devices of TCMU belong to the whole machine: one backend at a time. They have a guest of their own.
        settings.put("frontend", "fuse-loop");
        settings.put(
                "registry",
                Map.of(
                        "caFiles",
                        List.of(registry.authority().toString()),
                        "hostsDir",
                        hostsDirectory().toString()));
        settings.putAll(more);
        Files.writeString(configuration(), Json.write(settings));
    }

    @Override
    Daemon launch() throws IOException {
        return Daemon.start(
                "overlaybd-tcmu",
                directory,
                environment,
                List.of(installation.backend(), configuration().toString()));
    }

    @Override
    UnixDomainSocketAddress address() {
        return UnixDomainSocketAddress.of(controlSocket());
    }
}
