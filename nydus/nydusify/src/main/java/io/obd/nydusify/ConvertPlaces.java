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

    @Option(
            names = "--source-archive",
            paramLabel = "TAR",
            description = "take it out of a tar of an OCI layout; --source may say what it is called")
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
            description =
                    "the result becomes a tar of an OCI layout, in which it has the tag of --target; the file must"
                            + " not be there yet")
    private @Nullable Path targetArchive;

    /** @throws ParameterException if it is not said */
    Place source() {
        if (sourceArchive != null) {
            return new Place.InArchive(sourceArchive, source);
        }
        if (source != null) {
            return new Place.InRegistry(source);
        }
        throw wrong("--source or --source-archive is needed");
    }

    /** @throws ParameterException if it is not said, or said twice */
    Place target() {
        ImageReference name = targetName();
        if (name != null && name.digest() != null) {
            throw wrong("--target: a tag is needed, not a digest");
        }
        if (targetArchive != null) {
            return new Place.InArchive(targetArchive, name);
        }
        if (name == null) {
            throw wrong("--target, --target-suffix or --target-archive is needed");
        }
        return new Place.InRegistry(name);
    }

    private @Nullable ImageReference targetName() {
        if (targetSuffix.isEmpty()) {
            return target;
        }
        if (target != null) {
            throw wrong("--target conflicts with --target-suffix");
        }
        if (source == null || source.digest() != null) {
            throw wrong("--target-suffix: the source has to have a name with a tag");
        }
        try {
            return source.withTag(new Place.InRegistry(source).tag() + targetSuffix);
        } catch (IllegalArgumentException e) {
            throw wrong("--target-suffix: " + e.getMessage());
        }
    }

    private ParameterException wrong(String problem) {
        return new ParameterException(spec.commandLine(), problem);
    }
}
