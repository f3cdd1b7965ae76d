package io.obd.convertor;

import io.obd.convert.FinishedWork;
import io.obd.convert.records.ConversionDatabase;
import io.obd.convert.records.RegistryRecords;
import io.obd.image.LayerAnnotations;
import io.obd.registry.ImageReference;
import io.obd.registry.Repository;
import java.io.IOException;
import java.util.Optional;

/**
 * What conversions before this one did.
 *
 * @param database empty if nobody knows
 */
record Records(Optional<ConversionDatabase> database) implements AutoCloseable {

    /**
     * What is known of a repository.
     *
     * @param layers kind of layers
     * @param manifests kind of manifests
     */
    FinishedWork of(Repository repository, ImageReference target, String layers, String manifests) {
        return database.isEmpty()
                ? FinishedWork.NONE
                : new RegistryRecords(
                        database.get(), repository, target, layers, manifests, LayerAnnotations.BLOB_DIGEST);
    }

    @Override
    public void close() throws IOException {
        if (database.isPresent()) {
            database.get().close();
        }
    }
}
