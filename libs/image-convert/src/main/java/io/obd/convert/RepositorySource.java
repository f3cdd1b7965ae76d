package io.obd.convert;

import io.obd.registry.Descriptor;
import io.obd.registry.Repository;
import java.io.IOException;
import java.io.InputStream;

/**
 * The images of a repository.
 *
 * @param repository where the tags and digests are
 */
public record RepositorySource(Repository repository) implements ConversionSource {
    @Override
    public Descriptor resolve(String reference) throws IOException {
        return repository.resolve(reference);
    }

    @Override
    public byte[] document(Descriptor document) throws IOException {
        return repository.fetchDocument(document);
    }

    @Override
    public InputStream open(Descriptor blob) throws IOException {
        return repository.pull(blob);
    }
}
