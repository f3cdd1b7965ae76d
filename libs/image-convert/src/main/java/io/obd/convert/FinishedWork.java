package io.obd.convert;

import io.obd.registry.Descriptor;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/** What conversions before this one, finished or not, left in the target: it is not made again. */
public interface FinishedWork {

    /** Nothing is known. */
    FinishedWork NONE = new FinishedWork() {
        @Override
        public Optional<Blob> layer(SourceLayer layer) {
            return Optional.empty();
        }

        @Override
        public void addLayer(SourceLayer layer, Descriptor result) {}

        @Override
        public InputStream open(Descriptor layer) throws IOException {
            throw new IOException("nothing is known of " + layer.digest());
        }

        @Override
        public Optional<byte[]> manifest(Descriptor source, String mediaType) {
            return Optional.empty();
        }

        @Override
        public void addManifest(Descriptor source, Descriptor result) {}
    };

    /** What a layer became, if that is in the target now. */
    Optional<Blob> layer(SourceLayer layer) throws IOException;

    /** A layer is in the target. */
    void addLayer(SourceLayer layer, Descriptor result);

    /** Reads a layer that was found. The stream fails at its end if the digest is another one. */
    InputStream open(Descriptor layer) throws IOException;

    /**
     * What an image became, if that is in the target now with all its layers.
     *
     * @param source its manifest
     * @param mediaType of the manifest that is wanted
     */
    Optional<byte[]> manifest(Descriptor source, String mediaType) throws IOException;

    /** An image is in the target. */
    void addManifest(Descriptor source, Descriptor result);
}
