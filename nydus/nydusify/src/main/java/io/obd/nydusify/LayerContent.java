package io.obd.nydusify;

import io.obd.block.StreamCompression;
import io.obd.convert.ConversionSource;
import io.obd.linux.Reason;
import io.obd.registry.Descriptor;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** The tar of a layer, whose blob is read to its end, so that its digest is checked whatever the tar holds. */
record LayerContent(ConversionSource source, Descriptor layer) {

    /** Reads a tar; need not read it to its end. */
    interface Reader {
        void read(InputStream tar) throws IOException;
    }

    /** @throws IOException if the blob is not what the manifest says, or cannot be read as a tar; the text names it */
    void read(Reader reader) throws IOException {
        try (InputStream blob = source.open(layer)) {
            try {
                reader.read(StreamCompression.decompress(blob));
            } catch (IOException e) {
                // If the blob was damaged its digest says so best.
                drain(blob);
                throw e;
            }
            drain(blob);
        } catch (IOException e) {
            throw new IOException("layer " + layer.digest() + ": " + Reason.of(e), e);
        }
    }

    private static void drain(InputStream blob) throws IOException {
        blob.transferTo(OutputStream.nullOutputStream());
    }
}
