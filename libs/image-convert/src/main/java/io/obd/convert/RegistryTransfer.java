package io.obd.convert;

import io.obd.registry.Descriptor;
import io.obd.registry.Repository;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.LongConsumer;

/** Blobs of one repository. */
final class RegistryTransfer implements LayerTransfer {
    private final Repository repository;

    RegistryTransfer(Repository repository) {
        this.repository = repository;
    }

    @Override
    public InputStream pull(Descriptor blob) throws IOException {
        return repository.pull(blob);
    }

    @Override
    public boolean push(ConvertedLayer layer, LongConsumer sent) throws IOException {
        return !repository.push(layer.descriptor(), layer.file(), sent);
    }
}
