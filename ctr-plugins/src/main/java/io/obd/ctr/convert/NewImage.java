package io.obd.ctr.convert;

import io.obd.convert.ConversionTarget;
import io.obd.convert.ConvertedLayer;
import io.obd.ctr.client.ContentStore;
import io.obd.ctr.client.Descriptors;
import io.obd.ctr.client.GcLabels;
import io.obd.ctr.client.Images;
import io.obd.registry.Descriptor;
import io.obd.registry.Manifest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.util.Map;
import java.util.function.LongConsumer;

/**
 * A name in containerd that is to get an image, whatever it meant before.
 *
 * @param content where the image's content goes, under the lease of its channel
 */
public record NewImage(String name, Images images, ContentStore content) implements ConversionTarget {
    @Override
    public boolean put(ConvertedLayer layer, LongConsumer sent) throws IOException {
        try (InputStream in = Files.newInputStream(layer.file())) {
            return content.write("layer", layer.descriptor(), in, Map.of(), sent);
        }
    }

    @Override
    public Descriptor putConfig(String mediaType, byte[] json) throws IOException {
        Descriptor config = Descriptor.of(mediaType, json);
        content.write("config", config, json, Map.of());
        return config;
    }

    @Override
    public Descriptor putManifest(Manifest manifest) throws IOException {
        byte[] json = manifest.toJson();
        Descriptor descriptor = Descriptor.of(manifest.mediaType(), json);
        content.write("manifest", descriptor, json, GcLabels.of(manifest));
        images.put(name, Descriptors.of(descriptor), Map.of());
        return descriptor;
    }
}
