package io.obd.convert;

import io.obd.registry.Descriptor;
import io.obd.registry.Index;
import io.obd.registry.Repository;
import java.io.IOException;

/**
 * A tag of a repository, for images and indexes.
 *
 * @param tag what the topmost document is called in the end
 */
public record RepositoryTree(Repository repository, String tag) implements TreeTarget {
    @Override
    public ConversionTarget image(boolean top) {
        return new RepositoryTarget(repository, top ? tag : null);
    }

    @Override
    public Descriptor putIndex(Index index, boolean top) throws IOException {
        return RepositoryTarget.push(
                repository, top ? tag : null, index.mediaType(), index.toJson(), index.subject(), index.artifactType());
    }

    @Override
    public Descriptor putAsIs(Descriptor document, byte[] json, boolean top) throws IOException {
        String reference = top ? tag : document.digest().toString();
        return repository.pushDocument(reference, document.mediaType(), json);
    }
}
