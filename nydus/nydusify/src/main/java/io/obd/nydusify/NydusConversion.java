package io.obd.nydusify;

import io.obd.convert.Cancellation;
import io.obd.convert.ConversionEvent;
import io.obd.convert.ConversionException;
import io.obd.convert.ConversionTarget;
import io.obd.convert.EventLog;
import io.obd.convert.FinishedWork;
import io.obd.convert.ImageConversion;
import io.obd.convert.ImageOptions;
import io.obd.convert.ImageStep;
import io.obd.convert.MediaTypeFamily;
import io.obd.convert.SourceImage;
import io.obd.registry.Descriptor;
import io.obd.registry.MediaTypes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** Converts one image after the other into a tree. */
final class NydusConversion implements ImageStep {
    private final Images.Source source;
    private final String sourceName;
    private final NydusTree tree;
    private final BlobCopy blobs;
    private final RafsOptions.Choice choice;
    private final @Nullable Dictionary dictionary;
    private final Shape shape;
    private final Earlier earlier;
    private final Surroundings surroundings;

    /**
     * What the documents of the result look like.
     *
     * @param oci whether they are of the OCI family whatever the source's are
     * @param merged whether the ordinary image stands beside the nydus image
     * @param referrer whether the manifest refers to that of the source
     */
    record Shape(boolean oci, boolean merged, boolean referrer) {}

    /** What conversions before this one made. */
    record Earlier(FinishedWork finished, NydusEngine.LayerReaders readers) {}

    /**
     * What a conversion has to do with besides.
     *
     * @param work for files that go away
     * @param bootstraps for the bootstraps of images, which stay
     * @param listener told what happens to all images
     */
    record Surroundings(
            Path work, Path bootstraps, Consumer<ConversionEvent> listener, Logger log, Cancellation cancellation) {}

    /**
     * @param sourceName of what is converted, as it stands in the result
     * @param blobs brings layers of the source to the target as they are, if the result needs them there
     * @param dictionary has chunks that layers need not have, or null
     */
    NydusConversion(
            Images.Source source,
            String sourceName,
            NydusTree tree,
            BlobCopy blobs,
            RafsOptions.Choice choice,
            @Nullable Dictionary dictionary,
            Shape shape,
            Earlier earlier,
            Surroundings surroundings) {
        this.source = source;
        this.sourceName = sourceName;
        this.tree = tree;
        this.blobs = blobs;
        this.choice = choice;
        this.dictionary = dictionary;
        this.shape = shape;
        this.earlier = earlier;
        this.surroundings = surroundings;
    }

    @Override
    public Descriptor convert(SourceImage image, String place, boolean top, ConversionTarget target)
            throws IOException {
        if (image.layers().isEmpty()) {
            throw new ConversionException("the image has no layers: there is nothing to make a nydus image of");
        }
        Path directory = Files.createDirectories(surroundings.work().resolve(place));
        if (!shape.merged()) {
            return convert(image, top, target, directory);
        }
        ConversionTarget part = tree.image(false);
        Descriptor nydus = convert(image, top, part, directory);
        tree.putBefore(nydus, new OrdinaryImage(image, directory).put(part));
        return top ? tree.putPair(nydus, image.platform()) : nydus;
    }

    private Descriptor convert(SourceImage image, boolean only, ConversionTarget target, Path directory)
            throws IOException {
        if (!choice.refers() && !shape.merged()) {
            return convert(image, only, target, null, directory);
        }
        try (LayerCopies copies =
                new LayerCopies(blobs, target, image.manifest().layers())) {
            return convert(image, only, copies, copies, directory);
        }
    }

    private Descriptor convert(
            SourceImage image, boolean only, ConversionTarget target, @Nullable LayerCopies copies, Path directory)
            throws IOException {
        boolean oci = shape.oci() || image.descriptor().mediaType().equals(MediaTypes.OCI_MANIFEST);
        MediaTypeFamily family = oci ? MediaTypeFamily.OCI : MediaTypeFamily.DOCKER;
        NydusEngine engine = new NydusEngine(
                directory,
                choice,
                dictionary,
                earlier.readers(),
                target,
                copies,
                oci ? MediaTypes.OCI_LAYER_GZIP : MediaTypes.DOCKER_LAYER_GZIP,
                bootstrap(image));
        NydusDocuments documents = new NydusDocuments(
                target,
                image,
                sourceName,
                choice.image().version(),
                shape.merged() || shape.referrer(),
                shape.referrer(),
                engine::shared);
        String name = only ? "" : image.config().platform().toString();
        return new ImageConversion(
                        source.content(),
                        documents,
                        engine,
                        new ImageOptions(family, directory, earlier.finished(), null),
                        surroundings.listener().andThen(new EventLog(surroundings.log(), name, true)),
                        surroundings.cancellation())
                .run(image);
    }

    /** By the number of layers and the topmost one, as it always was. */
    private Path bootstrap(SourceImage image) {
        return surroundings
                .bootstraps()
                .resolve(image.layers().size() + "-"
                        + image.layers().getLast().blob().digest());
    }
}
