package io.obd.convert;

import io.obd.registry.Descriptor;
import io.obd.registry.Digest;
import io.obd.registry.Manifest;
import io.obd.registry.Repository;
import java.io.IOException;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A tag of a repository.
 *
 * @param tag what the image is called in the end, null for one that is known by its digest only
 */
public record RepositoryTarget(
        Repository repository, @Nullable String tag) implements ConversionTarget {
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
        // As the OCI image specification has it: without an artifact type, the config's stands for it.
        String type = manifest.artifactType() == null ? manifest.config().mediaType() : manifest.artifactType();
        return push(repository, tag, manifest.mediaType(), manifest.toJson(), manifest.subject(), type);
    }

    /** Pushes a document, and has it found from what it refers to. */
    static Descriptor push(
            Repository repository,
            @Nullable String tag,
            String mediaType,
            byte[] json,
            @Nullable Descriptor subject,
            @Nullable String artifactType)
            throws IOException {
        String reference = tag == null ? Digest.sha256(json).toString() : tag;
        Descriptor pushed = repository.pushDocument(reference, mediaType, json);
        if (subject != null && artifactType != null) {
            repository.addReferrer(subject, pushed.withArtifactType(artifactType));
        }
        return pushed;
    }
}
