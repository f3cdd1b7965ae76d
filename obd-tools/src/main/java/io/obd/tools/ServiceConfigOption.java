package io.obd.tools;

import io.obd.image.ServiceConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where the settings come from for layers that are in a registry. */
final class ServiceConfigOption {
    @Option(
            names = "--service_config_path",
            paramLabel = "FILE",
            description = "configuration of the backend, used for layers in a registry"
                    + " (default: /etc/overlaybd/overlaybd.json)")
    private @Nullable Path file;

    /** The configuration. The default file may be missing, a file that was named may not. */
    ServiceConfig read() throws IOException {
        if (file != null) {
            return ServiceConfig.read(file);
        }
        return Files.exists(ServiceConfig.DEFAULT_FILE)
                ? ServiceConfig.read(ServiceConfig.DEFAULT_FILE)
                : ServiceConfig.defaults();
    }

    /** A file that was named has to be there and good, even if nothing of it is needed. */
    void check(Tool tool) throws IOException {
        if (file != null) {
            ServiceConfig.read(tool.existing("--service_config_path", file));
        }
    }
}
