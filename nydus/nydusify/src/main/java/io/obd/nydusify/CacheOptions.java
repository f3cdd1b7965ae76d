package io.obd.nydusify;

import io.obd.registry.ImageReference;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Where layers are kept that were converted before. */
final class CacheOptions {
    private static final int MOST_RECORDS = 200;

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Option(
            names = "--build-cache",
            paramLabel = "IMAGE",
            description = "image that keeps converted layers, which are not built again; it is updated")
    private String cache = "";

    @Option(
            names = "--build-cache-tag",
            paramLabel = "TAG",
            description = "the same, by its tag in the repository of the target")
    private String tag = "";

    @Option(
            names = "--build-cache-version",
            paramLabel = "VERSION",
            defaultValue = "v1",
            description = "records of another version are dropped (default: ${DEFAULT-VALUE})")
    private String version = "v1";

    @Option(
            names = "--build-cache-insecure",
            arity = "0..1",
            fallbackValue = "true",
            description = "any certificate of the cache's registry, or plain HTTP")
    private boolean insecure;

    @Option(
            names = "--build-cache-max-records",
            paramLabel = "COUNT",
            defaultValue = "200",
            description = "most layers that are kept, 1 to 200 (default: ${DEFAULT-VALUE})")
    private int mostRecords = MOST_RECORDS;

    /**
     * The image that is the cache; empty if there is to be none.
     *
     * @throws ParameterException if the options make no sense
     */
    Optional<ImageReference> image(Place target) {
        if (mostRecords < 1 || mostRecords > MOST_RECORDS) {
            throw wrong("--build-cache-max-records: 1 to " + MOST_RECORDS + ", not " + mostRecords);
        }
        if (!cache.isEmpty() && !tag.isEmpty()) {
            throw wrong("--build-cache conflicts with --build-cache-tag");
        }
        if (cache.isEmpty() && tag.isEmpty()) {
            return Optional.empty();
        }
        if (!(target instanceof Place.InRegistry registry)) {
            throw wrong("--build-cache: there is none for a target that is a file");
        }
        try {
            ImageReference image = cache.isEmpty() ? registry.name().withTag(tag) : ImageReference.parse(cache);
            if (image.digest() != null) {
                throw wrong("--build-cache: a tag is needed, not a digest");
            }
            return Optional.of(image);
        } catch (IllegalArgumentException e) {
            throw wrong("--build-cache: " + e.getMessage());
        }
    }

    BuildCache.Limits limits() {
        return new BuildCache.Limits(version, mostRecords);
    }

    Transport transport() {
        return Transport.insecure(insecure);
    }

    private ParameterException wrong(String problem) {
        return new ParameterException(spec.commandLine(), problem);
    }
}
