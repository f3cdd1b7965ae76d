package io.obd.convert;

import io.obd.registry.Descriptor;
import io.obd.registry.Manifest;
import io.obd.registry.Repository;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/**
 * Converts one image: its layers, then the config, then the manifest. The manifest goes last, so that the target tag
 * names a complete image or what it named before.
 */
public final class ImageConversion {
    private final Repository repository;
    private final ConversionEngine engine;
    private final MediaTypeFamily family;
    private final Path directory;
    private final Consumer<ConversionEvent> listener;
    private final Cancellation cancellation;

    /**
     * @param repository where the source is and the result goes
     * @param directory for downloads; nothing is left in it
     * @param listener told what happens, from several threads
     */
    public ImageConversion(
            Repository repository,
            ConversionEngine engine,
            MediaTypeFamily family,
            Path directory,
            Consumer<ConversionEvent> listener,
            Cancellation cancellation) {
        this.repository = repository;
        this.engine = engine;
        this.family = family;
        this.directory = directory;
        this.listener = listener;
        this.cancellation = cancellation;
    }

    /**
     * Converts and returns the manifest's descriptor when everything is in the registry.
     *
     * @throws java.util.concurrent.CancellationException if it was cancelled
     */
    public Descriptor run(SourceImage source, String targetTag) throws IOException {
        listener.accept(new ConversionEvent.Started(source.layers()));
        LayerSchedule schedule =
                new LayerSchedule(new RegistryTransfer(repository), engine, directory, listener, cancellation);
        List<ConvertedLayer> layers = schedule.run(source.layers());
        Descriptor config = pushConfig(source, layers);
        return pushManifest(source, config, layers, targetTag);
    }

    private Descriptor pushConfig(SourceImage source, List<ConvertedLayer> layers) throws IOException {
        byte[] json = source.config()
                .withDiffIds(layers.stream().map(ConvertedLayer::diffId).toList())
                .toJson();
        cancellation.check();
        Descriptor descriptor = repository.push(family.config(), json);
        listener.accept(new ConversionEvent.ConfigUploaded(descriptor.digest()));
        return descriptor;
    }

    private Descriptor pushManifest(
            SourceImage source, Descriptor config, List<ConvertedLayer> layers, String targetTag) throws IOException {
        Manifest manifest = Manifest.of(
                        family.manifest(),
                        config,
                        layers.stream().map(ConvertedLayer::descriptor).toList())
                .withAnnotations(source.manifest().annotations());
        cancellation.check();
        Descriptor pushed = repository.pushDocument(targetTag, family.manifest(), manifest.toJson());
        listener.accept(new ConversionEvent.ManifestUploaded(pushed.digest()));
        return pushed;
    }
}
