package io.obd.nydusify;

import io.obd.registry.ImageReference;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** From where to where an image is converted. */
final class ConvertPlaces {
    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Option(
            names = "--source",
            converter = ImageNameConverter.class,
            paramLabel = "IMAGE",
            description = "what to convert")
    private @Nullable ImageReference source;

    @Option(names = "--source-archive", paramLabel = "TAR", description = "the same in a tar of an OCI layout")
    private @Nullable Path sourceArchive;

    @Option(
            names = "--target",
            converter = ImageNameConverter.class,
            paramLabel = "IMAGE",
            description = "name of the result")
    private @Nullable ImageReference target;

    @Option(
            names = "--target-suffix",
            paramLabel = "TEXT",
            description = "the result has the name of the source with this behind its tag")
    private String targetSuffix = "";

    @Option(
            names = "--target-archive",
            paramLabel = "TAR",
            description = "the result becomes a tar of an OCI layout; the file must not be there yet")
    private @Nullable Path targetArchive;

    /** @throws ParameterException if it is not said once */
    Place source() {
        if (source != null && sourceArchive == null) {
            return new Place.InRegistry(source);
        }
        if (source == null && sourceArchive != null) {
            return new Place.InArchive(sourceArchive);
        }
        throw wrong("--source or --source-archive is needed, and one of them only");
    }

    /** @throws ParameterException if it is not said once */
    Place target() {
        int ways = (target == null ? 0 : 1) + (targetSuffix.isEmpty() ? 0 : 1) + (targetArchive == null ? 0 : 1);
        if (ways != 1) {
            throw wrong("--target, --target-suffix or --target-archive is needed, and one of them only");
        }
        if (target != null) {
            return new Place.InRegistry(target);
        }
        if (targetArchive != null) {
            return new Place.InArchive(targetArchive);
        }
        if (source == null || source.digest() != null) {
            throw wrong("--target-suffix: the source has to have a name with a tag");
        }
        try {
            return new Place.InRegistry(source.withTag(new Place.InRegistry(source).tag() + targetSuffix));
        } catch (IllegalArgumentException e) {
            throw wrong("--target-suffix: " + e.getMessage());
        }
    }

    private ParameterException wrong(String problem) {
        return new ParameterException(spec.commandLine(), problem);
    }
}
