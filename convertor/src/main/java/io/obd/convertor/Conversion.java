package io.obd.convertor;

import io.obd.convert.Cancellation;
import io.obd.convert.ConversionEvent;
import io.obd.convert.ConversionException;
import io.obd.convert.ConversionSource;
import io.obd.convert.ConversionTarget;
import io.obd.convert.FinishedWork;
import io.obd.convert.ImageConversion;
import io.obd.convert.ImageOptions;
import io.obd.convert.ImageStep;
import io.obd.convert.MediaTypeFamily;
import io.obd.convert.SourceImage;
import io.obd.convert.TreeConversion;
import io.obd.convert.TreeOptions;
import io.obd.convert.TreeTarget;
import io.obd.registry.Descriptor;
import io.obd.registry.MediaTypes;
import io.obd.registry.Platform;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;

/** Converts what the source names into one format. */
final class Conversion implements ImageStep {
    private final ConversionSource source;
    private final Format format;
    private final ResultOptions options;
    private final MediaTypeFamily types;
    private final Path work;
    private final Path documents;
    private final Surroundings surroundings;

    /**
     * What a conversion has to do with beside source and target.
     *
     * @param finished what is in the target
     * @param listener told what happens to images, by their names
     * @param log told what is left out
     */
    record Surroundings(
            FinishedWork finished,
            Function<String, Consumer<ConversionEvent>> listener,
            Logger log,
            Cancellation cancellation) {}

    /**
     * @param work for the files of the layers
     * @param documents where the documents are dumped, if they are
     */
    Conversion(
            ConversionSource source,
            Format format,
            ResultOptions options,
            MediaTypeFamily types,
            Path work,
            Path documents,
            Surroundings surroundings) {
        this.source = source;
        this.format = format;
        this.options = options;
        this.types = types;
        this.work = work.resolve(format.directory());
        this.documents = documents.resolve(format.directory());
        this.surroundings = surroundings;
    }

    /**
     * Converts.
     *
     * @param reference of the source
     * @return the topmost document of the result
     */
    Descriptor run(String reference, TreeTarget target) throws IOException {
        TreeOptions tree = new TreeOptions(
                options.platforms(),
                options.concurrency(),
                types.equals(MediaTypeFamily.OCI) ? MediaTypes.OCI_INDEX : null,
                options.isReferrer() ? format.artifactType() : null);
        return new TreeConversion(
                        source,
                        options.isDumped() ? new DumpedTree(target, documents) : target,
                        tree,
                        this,
                        this::skip,
                        surroundings.cancellation())
                .run(reference);
    }

    private void skip(Descriptor entry, String reason) {
        surroundings.log().warn("{} {}: left out", entry.digest(), reason);
    }

    @Override
    public Descriptor convert(SourceImage image, String place, boolean top, ConversionTarget target)
            throws IOException {
        requireWanted(image);
        String name = "%s-%s-%s"
                .formatted(
                        place,
                        image.config().platform().toString().replace('/', '_'),
                        image.descriptor().digest().hex());
        Path directory = Files.createDirectories(work.resolve(name));
        ImageOptions how = new ImageOptions(
                types, directory, surroundings.finished(), options.isReferrer() ? format.artifactType() : null);
        return new ImageConversion(
                        source,
                        options.isDumped() ? DumpedTree.image(target, documents.resolve(name)) : target,
                        format.engine().in(directory),
                        how,
                        surroundings
                                .listener()
                                .apply(top ? "" : image.config().platform().toString()),
                        surroundings.cancellation())
                .run(image);
    }

    /** Images of an index were chosen by what it says of them; one that is in none says it itself. */
    private void requireWanted(SourceImage image) throws ConversionException {
        Platform platform = image.config().platform();
        if (image.descriptor().platform() == null
                && !options.platforms().isEmpty()
                && options.platforms().stream().noneMatch(wanted -> wanted.runs(platform))) {
            throw new ConversionException("--platform: the image "
                    + image.descriptor().digest() + " is for " + platform + ", not for " + options.platforms());
        }
    }
}
