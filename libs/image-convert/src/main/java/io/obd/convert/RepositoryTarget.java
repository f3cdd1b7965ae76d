package io.obd.convert;

import io.obd.registry.Descriptor;
import io.obd.registry.Manifest;
import io.obd.registry.Repository;
import java.io.IOException;
import java.util.function.LongConsumer;

/**
 * A tag of a repository.
 *
 * @param tag what the image is called in the end
 */
public record RepositoryTarget(Repository repository, String tag) implements ConversionTarget {
    @Override
    public boolean put(ConvertedLayer layer, LongConsumer sent) throws IOException {
        return !repository.push(layer.descriptor(), layer.file(), sent);
    }

    @Override
    public Descriptor putConfig(String mediaType, byte[] json) throws IOException {
        return repository.push(mediaType, json);
    }

    @Override
    public Descriptor putManifest(Manifest manifest) throws IOException {
        return repository.pushDocument(tag, manifest.mediaType(), manifest.toJson());
    }
}
