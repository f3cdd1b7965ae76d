package io.obd.convertor;

import io.obd.convert.Blob;
import io.obd.convert.FinishedWork;
import io.obd.convert.SourceLayer;
import io.obd.registry.Descriptor;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/**
 * What is known, for a run whose files are wanted: documents that are there already are made again, and layers too if their
 * files are to be kept.
 *
 * @param layersToo whether layers are
 */
record MadeAgain(FinishedWork known, boolean layersToo) implements FinishedWork {
    @Override
    public Optional<Blob> layer(SourceLayer layer) throws IOException {
        return layersToo ? Optional.empty() : known.layer(layer);
    }

    @Override
    public void addLayer(SourceLayer layer, Descriptor result) {
        known.addLayer(layer, result);
    }

    @Override
    public InputStream open(Descriptor layer) throws IOException {
        return known.open(layer);
    }

    @Override
    public Optional<byte[]> manifest(Descriptor source, String mediaType) {
        return Optional.empty();
    }

    @Override
    public void addManifest(Descriptor source, Descriptor result) {
        known.addManifest(source, result);
    }
}
