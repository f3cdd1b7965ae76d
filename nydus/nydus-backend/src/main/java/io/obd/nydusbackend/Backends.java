package io.obd.nydusbackend;

import io.obd.block.FileBlob;
import io.obd.nydusbackend.config.Settings;
import io.obd.rafs.data.BlobDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Makes the backends of configurations. */
public final class Backends {
    private static final String HEADER = "NYDUS_HEADER_";

    private final Map<String, List<String>> headers = new HashMap<>();

    /** @param environment variables of the process: NYDUS_HEADER_x are sent as headers */
    public Backends(Map<String, String> environment) {
        environment.forEach((name, value) -> {
            if (name.startsWith(HEADER) && name.length() > HEADER.length()) {
                headers.put(name.substring(HEADER.length()), List.of(value));
            }
        });
    }

    /**
     * Opens a backend. Nothing is read or connected yet.
     *
     * @throws IOException if a value cannot be used; the text names its key
     */
    public Backend open(Settings.Backend settings) throws IOException {
        return switch (settings) {
            case Settings.LocalFs files -> local(files);
            case Settings.Registry registry -> registry(registry);
        };
    }

    private static Backend local(Settings.LocalFs files) throws IOException {
        Path single = files.blobFile().orElse(null);
        List<Path> places = single == null ? files.directories() : List.of(single);
        if (places.stream().noneMatch(Files::exists)) {
            throw new IOException("the backend localfs has its blobs in " + places + ", and there is no such file");
        }
        return new Backend(
                files.type(),
                single != null ? _ -> FileBlob.open(single) : new BlobDirectory(files.directories()),
                null);
    }

    private Backend registry(Settings.Registry registry) throws IOException {
        Map<String, List<String>> sent = new HashMap<>(headers);
        if (!registry.token().isEmpty()) {
            sent.put("Authorization", List.of("Bearer " + registry.token()));
        }
        RegistryRoute route = RegistryRoute.of(registry, sent);
        return new Backend(registry.type(), route, route);
    }
}
