package io.obd.ctr.convert;

import io.obd.convert.ConversionTarget;
import io.obd.convert.FinishedWork;
import io.obd.convert.RepositoryTarget;
import io.obd.convert.records.ConversionDatabase;
import io.obd.convert.records.RegistryRecords;
import io.obd.ctr.client.ContentStore;
import io.obd.ctr.client.Images;
import io.obd.image.LayerAnnotations;
import io.obd.registry.ImageReference;
import io.obd.registry.Repository;

/**
 * The result becomes an image of a registry. A layer that was converted before, as a database says, and is there, is not
 * converted again.
 *
 * @param image with a tag
 * @param repository that of the image
 */
public record InRegistry(ImageReference image, Repository repository, ConversionDatabase database)
        implements Destination {
    @Override
    public ConversionTarget target(Images images, ContentStore content) {
        return new RepositoryTarget(repository, image.tag());
    }

    @Override
    public FinishedWork finished(String kind) {
        return new RegistryRecords(database, repository, image, kind, kind, LayerAnnotations.BLOB_DIGEST);
    }
}
