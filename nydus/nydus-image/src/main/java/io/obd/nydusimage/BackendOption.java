package io.obd.nydusimage;

import io.obd.nydusbackend.Backend;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The blobs in a backend of nydusd, whose configuration is given alone. */
final class BackendOption {
    @Spec(Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec command;

    @Option(
            names = "--backend-type",
            paramLabel = "TYPE",
            description = "registry or localfs: the kind of backend that has the blobs")
    private @Nullable String type;

    @Option(
            names = "--backend-config",
            paramLabel = "JSON",
            description =
                    "of the backend, as in a configuration of nydusd: {\"host\":\"HOST\",\"repo\":\"REPOSITORY\"}")
    private @Nullable String config;

    @Option(names = "--backend-config-file", paramLabel = "FILE", description = "the same in a file")
    private @Nullable Path file;

    /** Whether it is used. */
    boolean isGiven() {
        return type != null;
    }

    /** Checks what belongs together. */
    void check() {
        if (type == null && (config != null || file != null)) {
            throw misuse("--backend-config goes with --backend-type only");
        }
        if (type != null && (config == null) == (file == null)) {
            throw misuse("--backend-type needs --backend-config or --backend-config-file, and one of them only");
        }
    }

    Backend open(BlobPlaces places) throws IOException {
        String kind = String.valueOf(type);
        return file == null
                ? places.configured("--backend-config", kind, String.valueOf(config))
                : places.configured(file.toString(), kind, Files.readString(file));
    }

    private ParameterException misuse(String problem) {
        return new ParameterException(command.commandLine(), problem);
    }
}
