package io.obd.convertor;

import io.obd.convert.MediaTypeFamily;
import io.obd.registry.Platform;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** What the result is like and where it goes. */
final class ResultOptions {
    private static final String ALL = "all";

    @Option(
            names = "--oci",
            arity = "0..1",
            fallbackValue = "true",
            description = "OCI media types, not Docker's; an OCI layout has them anyway")
    private boolean oci;

    @Option(
            names = "--referrer",
            arity = "0..1",
            fallbackValue = "true",
            description = "the result refers to its source, from which it can be found; implies --oci")
    private boolean referrer;

    @Option(
            names = "--platform",
            paramLabel = "OS/ARCH[/VARIANT]",
            split = ",",
            description =
                    "which images of an index are converted (default: all); with one platform the result is no index",
            converter = PlatformConverter.class)
    private List<Choice> platforms = new ArrayList<>();

    @Option(
            names = "--concurrency-limit",
            paramLabel = "N",
            defaultValue = "4",
            description = "images of an index converted at once, 0 for no limit (default: ${DEFAULT-VALUE})")
    private int concurrency;

    @Option(
            names = "--no-upload",
            arity = "0..1",
            fallbackValue = "true",
            description = "upload nothing: see what the result would be, with --dump-manifest or --reserve")
    private boolean noUpload;

    @Option(
            names = "--dump-manifest",
            arity = "0..1",
            fallbackValue = "true",
            description = "write the config and manifest of each image, and the index, into the working directory")
    private boolean dumpManifest;

    /** The media types of a result that goes there. */
    MediaTypeFamily types(Place target) {
        return oci || referrer || target.isLayout() ? MediaTypeFamily.OCI : MediaTypeFamily.DOCKER;
    }

    boolean isReferrer() {
        return referrer;
    }

    boolean isUploaded() {
        return !noUpload;
    }

    boolean isDumped() {
        return dumpManifest;
    }

    int concurrency() {
        return concurrency;
    }

    /** Empty for all. */
    List<Platform> platforms() {
        return platforms.stream().flatMap(choice -> choice.platforms().stream()).toList();
    }

    /** A word of {@code --platform}: one platform or, for all, none. */
    record Choice(List<Platform> platforms) {}

    static final class PlatformConverter implements ITypeConverter<Choice> {
        @Override
        public Choice convert(String value) {
            if (value.equals(ALL)) {
                return new Choice(List.of());
            }
            try {
                return new Choice(List.of(Platform.parse(value)));
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }
}
