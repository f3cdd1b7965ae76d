package io.obd.nydusimage;

import io.obd.nydusbackend.Backend;
import io.obd.nydusbackend.Backends;
import io.obd.nydusbackend.config.Settings;
import io.obd.nydusbackend.config.SettingsReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Opens the places that blobs are said to be in. Nothing is read or connected yet. */
final class BlobPlaces {
    private final SettingsReader reader;
    private final Backends backends;

    /** @param environment variables of the process, those for registries among them */
    BlobPlaces(Map<String, String> environment) {
        this.reader = new SettingsReader(environment);
        this.backends = new Backends(environment);
    }

    /** A directory in which each blob has its identity as name. */
    Backend directory(Path directory) throws IOException {
        return backends.open(new Settings.LocalFs(Optional.empty(), List.of(directory)));
    }

    /** The one blob of an image. */
    Backend file(Path blob) throws IOException {
        return backends.open(new Settings.LocalFs(Optional.of(blob), List.of()));
    }

    /** The backend of a configuration of nydusd. */
    Backend configured(Path config) throws IOException {
        return backends.open(reader.read(config).backend());
    }

    /**
     * A backend by what stands below it in a configuration.
     *
     * @param source of the configuration, in error texts
     */
    Backend configured(String source, String type, String config) throws IOException {
        return backends.open(reader.readBackend(source, type, config));
    }
}
