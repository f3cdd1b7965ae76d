package io.obd.convertor;

import io.obd.convert.Cancellation;
import io.obd.convert.ConversionEngine;
import io.obd.convert.ConversionSource;
import io.obd.convert.ConversionTarget;
import io.obd.convert.DiscardedTree;
import io.obd.convert.FinishedWork;
import io.obd.convert.ImageConversion;
import io.obd.convert.ImageStep;
import io.obd.convert.MediaTypeFamily;
import io.obd.convert.RepositoryTree;
import io.obd.convert.SourceImage;
import io.obd.convert.TreeConversion;
import io.obd.convert.TreeOptions;
import io.obd.convert.TreeTarget;
import io.obd.registry.Descriptor;
import io.obd.registry.MediaTypes;
import io.obd.registry.Repository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;

/** Converts what the source names into one format. */
final class Conversion implements ImageStep {
    private final ConversionSource source;
    private final Format format;
    private final ResultOptions options;
    private final Path work;
    private final Path documents;
    private final Progress progress;
    private final FinishedWork finished;
    private final Cancellation cancellation;
    private final Logger log;

    /**
     * @param work for the files of the layers
     * @param documents where the documents are dumped, if they are
     * @param finished what is in the target
     */
    Conversion(
            ConversionSource source,
            Format format,
            ResultOptions options,
            Path work,
            Path documents,
            Progress progress,
            FinishedWork finished,
            Cancellation cancellation,
            Logger log) {
        this.source = source;
        this.format = format;
        this.options = options;
        this.work = work.resolve(format.directory());
        this.documents = documents.resolve(format.directory());
        this.progress = progress;
        this.finished = finished;
        this.cancellation = cancellation;
        this.log = log;
    }

    /**
     * Converts.
     *
     * @param reference tag or digest of the source
     * @return the topmost document of the result
     */
    Descriptor run(String reference, Repository repository) throws IOException {
        TreeTarget target = options.isUploaded() ? new RepositoryTree(repository, format.tag()) : new DiscardedTree();
        TreeOptions tree = new TreeOptions(
                options.platforms(),
                options.concurrency(),
                options.isOci() ? MediaTypes.OCI_INDEX : null,
                options.isReferrer() ? format.artifactType() : null);
        return new TreeConversion(
                        source,
                        options.isDumped() ? new DumpedTree(target, documents) : target,
                        tree,
                        this,
                        this::skipped,
                        cancellation)
                .run(reference);
    }

    private void skipped(Descriptor entry) {
        log.warn("{} describes how an image was built and is none itself: left out", entry.digest());
    }

    @Override
    public Descriptor convert(SourceImage image, int number, boolean top, ConversionTarget target) throws IOException {
        String name = "%d-%s-%s"
                .formatted(
                        number,
                        image.config().platform().toString().replace('/', '_'),
                        image.descriptor().digest().hex());
        Path directory = Files.createDirectories(work.resolve(name));
        ConversionEngine engine = format.engine().apply(directory);
        ImageConversion conversion = new ImageConversion(
                        source,
                        options.isDumped() ? DumpedTree.image(target, documents.resolve(name)) : target,
                        engine,
                        options.isOci() ? MediaTypeFamily.OCI : MediaTypeFamily.DOCKER,
                        directory,
                        progress.image(top ? "" : image.config().platform().toString()),
                        cancellation)
                .continuing(finished);
        return (options.isReferrer() ? conversion.referringToSource(format.artifactType()) : conversion).run(image);
    }
}
