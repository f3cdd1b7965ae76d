package io.obd.convert;

import io.obd.registry.Descriptor;
import io.obd.registry.Manifest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Converts one image: its layers, then the config, then the manifest. The manifest goes last, so that the target tag
 * names a complete image or what it named before.
 */
public final class ImageConversion {
    private final ConversionSource source;
    private final ConversionTarget target;
    private final ConversionEngine engine;
    private final ImageOptions options;
    private final Consumer<ConversionEvent> listener;
    private final Cancellation cancellation;

    /** @param listener told what happens, from several threads */
    public ImageConversion(
            ConversionSource source,
            ConversionTarget target,
            ConversionEngine engine,
            ImageOptions options,
            Consumer<ConversionEvent> listener,
            Cancellation cancellation) {
        this.source = source;
        this.target = target;
        this.engine = engine;
        this.options = options;
        this.listener = listener;
        this.cancellation = cancellation;
    }

    /**
     * Converts and returns the manifest's descriptor when everything is where it goes.
     *
     * @throws java.util.concurrent.CancellationException if it was cancelled
     */
    public Descriptor run(SourceImage image) throws IOException {
        listener.accept(new ConversionEvent.Started(image.layers()));
        Optional<byte[]> known =
                options.finished().manifest(image.descriptor(), options.family().manifest());
        if (known.isPresent()) {
            return putAgain(Manifest.parse(known.get()));
        }
        Descriptor result = convert(image);
        options.finished().addManifest(image.descriptor(), result);
        return result;
    }

    private Descriptor putAgain(Manifest known) throws IOException {
        listener.accept(new ConversionEvent.ImageReused(known));
        return put(known);
    }

    private Descriptor convert(SourceImage image) throws IOException {
        LayerSchedule schedule = new LayerSchedule(source, target, engine, options, listener, cancellation);
        List<ConvertedLayer> top = new ArrayList<>();
        List<ConvertedLayer> layers = new ArrayList<>(schedule.run(image.layers(), () -> {
            Optional<ConvertedLayer> made = engine.top();
            if (made.isPresent()) {
                top.add(putTop(made.get()));
            }
        }));
        Optional<ConvertedLayer> base = engine.base();
        if (base.isPresent()) {
            layers.addFirst(putBase(base.get()));
        }
        layers.addAll(top);
        Descriptor config = putConfig(image, layers);
        return putManifest(image, config, layers);
    }

    private ConvertedLayer putBase(ConvertedLayer base) throws IOException {
        boolean existed = target.put(base, bytes -> cancellation.check());
        listener.accept(new ConversionEvent.BaseUploaded(base, existed));
        return base;
    }

    private ConvertedLayer putTop(ConvertedLayer top) throws IOException {
        boolean existed = target.put(top, bytes -> cancellation.check());
        listener.accept(new ConversionEvent.TopUploaded(top, existed));
        return top;
    }

    private Descriptor putConfig(SourceImage image, List<ConvertedLayer> layers) throws IOException {
        byte[] json = image.config()
                .withDiffIds(layers.stream().map(ConvertedLayer::diffId).toList())
                .toJson();
        cancellation.check();
        Descriptor descriptor = target.putConfig(options.family().config(), json);
        listener.accept(new ConversionEvent.ConfigUploaded(descriptor.digest()));
        return descriptor;
    }

    private Descriptor putManifest(SourceImage image, Descriptor config, List<ConvertedLayer> layers)
            throws IOException {
        Manifest manifest = Manifest.of(
                        options.family().manifest(),
                        config,
                        layers.stream().map(ConvertedLayer::descriptor).toList())
                .withAnnotations(image.manifest().annotations());
        String referrer = options.referrerType();
        return put(referrer == null ? manifest : manifest.withSubject(referrer, Subject.of(image.descriptor())));
    }

    private Descriptor put(Manifest manifest) throws IOException {
        cancellation.check();
        Descriptor pushed = target.putManifest(manifest);
        listener.accept(new ConversionEvent.ManifestUploaded(pushed.digest()));
        return pushed;
    }
}
