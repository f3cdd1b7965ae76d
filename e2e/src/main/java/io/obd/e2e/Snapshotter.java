package io.obd.e2e;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The snapshotter daemon with its own root and socket. */
final class Snapshotter extends Service {
    private final Path directory;
    private final Installation installation;
    private final Map<String, String> environment;

    Snapshotter(Path directory, Installation installation, Map<String, String> environment) throws IOException {
        this.directory = Files.createDirectories(directory);
        this.installation = installation;
        this.environment = environment;
    }

    Path configuration() {
        return directory.resolve("config.json");
    }

    Path socket() {
        return directory.resolve("overlaybd.sock");
    }

    Path root() {
        return directory.resolve("root");
    }

    LogFile log() {
        return new LogFile(directory.resolve("overlaybd-snapshotter.log"));
    }

    void configure(Path controlSocket, Map<String, Object> more) throws IOException {
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("root", root().toString());
        settings.put("address", socket().toString());
        settings.put("controlSocket", controlSocket.toString());
        settings.put("toolDirectory", installation.tools());
        settings.put("verbose", "info");
        settings.put("rwMode", "overlayfs");
        settings.put("autoRemoveDev", false);
        settings.putAll(more);
        Files.writeString(configuration(), Json.write(settings));
    }

    @Override
    Daemon launch() throws IOException {
        return Daemon.start(
                "overlaybd-snapshotter",
                directory,
                environment,
                List.of(installation.snapshotter(), configuration().toString()));
    }

    @Override
    UnixDomainSocketAddress address() {
        return UnixDomainSocketAddress.of(socket());
    }
}
