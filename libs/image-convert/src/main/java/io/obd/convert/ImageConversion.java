package io.obd.convert;

import io.obd.registry.Descriptor;
import io.obd.registry.Manifest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Converts one image: its layers, then the config, then the manifest. The manifest goes last, so that the target tag
 * names a complete image or what it named before.
 */
public final class ImageConversion {
    private final ConversionSource source;
    private final ConversionTarget target;
    private final ConversionEngine engine;
    private final MediaTypeFamily family;
    private final Path directory;
    private final Consumer<ConversionEvent> listener;
    private final Cancellation cancellation;
    private final FinishedWork finished;
    private final @Nullable String referrerType;

    /**
     * @param family the types of the result; its layers are the engine's
     * @param directory for downloads; nothing is left in it
     * @param listener told what happens, from several threads
     */
    public ImageConversion(
            ConversionSource source,
            ConversionTarget target,
            ConversionEngine engine,
            MediaTypeFamily family,
            Path directory,
            Consumer<ConversionEvent> listener,
            Cancellation cancellation) {
        this(source, target, engine, family, directory, listener, cancellation, FinishedWork.NONE, null);
    }

    private ImageConversion(
            ConversionSource source,
            ConversionTarget target,
            ConversionEngine engine,
            MediaTypeFamily family,
            Path directory,
            Consumer<ConversionEvent> listener,
            Cancellation cancellation,
            FinishedWork finished,
            @Nullable String referrerType) {
        this.source = source;
        this.target = target;
        this.engine = engine;
        this.family = family;
        this.directory = directory;
        this.listener = listener;
        this.cancellation = cancellation;
        this.finished = finished;
        this.referrerType = referrerType;
    }

    /** The same, where what was done before is not done again. */
    public ImageConversion continuing(FinishedWork work) {
        return new ImageConversion(
                source, target, engine, family, directory, listener, cancellation, work, referrerType);
    }

    /** The same, where the manifest of the result refers to that of the source, as an artifact of this type. */
    public ImageConversion referringToSource(String artifactType) {
        return new ImageConversion(
                source, target, engine, family, directory, listener, cancellation, finished, artifactType);
    }

    /**
     * Converts and returns the manifest's descriptor when everything is where it goes.
     *
     * @throws java.util.concurrent.CancellationException if it was cancelled
     */
    public Descriptor run(SourceImage image) throws IOException {
        listener.accept(new ConversionEvent.Started(image.layers()));
        Optional<byte[]> known = finished.manifest(image.descriptor(), family.manifest());
        Descriptor result = known.isPresent() ? put(Manifest.parse(known.get())) : convert(image);
        finished.addManifest(image.descriptor(), result);
        return result;
    }

    private Descriptor convert(SourceImage image) throws IOException {
        LayerSchedule schedule = new LayerSchedule(source, target, engine, finished, directory, listener, cancellation);
        List<ConvertedLayer> layers = schedule.run(image.layers());
        Descriptor config = putConfig(image, layers);
        return putManifest(image, config, layers);
    }

    private Descriptor putConfig(SourceImage image, List<ConvertedLayer> layers) throws IOException {
        byte[] json = image.config()
                .withDiffIds(layers.stream().map(ConvertedLayer::diffId).toList())
                .toJson();
        cancellation.check();
        Descriptor descriptor = target.putConfig(family.config(), json);
        listener.accept(new ConversionEvent.ConfigUploaded(descriptor.digest()));
        return descriptor;
    }

    private Descriptor putManifest(SourceImage image, Descriptor config, List<ConvertedLayer> layers)
            throws IOException {
        Manifest manifest = Manifest.of(
                        family.manifest(),
                        config,
                        layers.stream().map(ConvertedLayer::descriptor).toList())
                .withAnnotations(image.manifest().annotations());
        if (referrerType != null) {
            manifest = manifest.withSubject(referrerType, Subject.of(image.descriptor()));
        }
        return put(manifest);
    }

    private Descriptor put(Manifest manifest) throws IOException {
        cancellation.check();
        Descriptor pushed = target.putManifest(manifest);
        listener.accept(new ConversionEvent.ManifestUploaded(pushed.digest()));
        return pushed;
    }
}
