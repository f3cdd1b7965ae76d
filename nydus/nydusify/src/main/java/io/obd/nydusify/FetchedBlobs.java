package io.obd.nydusify;

import io.obd.block.BlobReader;
import io.obd.block.FileBlob;
import io.obd.convert.ConversionException;
import io.obd.convert.ConversionSource;
import io.obd.linux.Reason;
import io.obd.rafs.data.BlobSource;
import io.obd.registry.Descriptor;
import io.obd.registry.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/**
 * The blobs of a nydus image, fetched as a whole when one is needed: their digests are checked on the way.
 *
 * @param layers of the image
 * @param sizes of blobs that are no layers
 * @param directory for the blobs, which stay in it
 */
record FetchedBlobs(ConversionSource source, List<Descriptor> layers, BlobSizes sizes, Path directory)
        implements BlobSource {
    @Override
    public BlobReader open(String id) throws IOException {
        return FileBlob.open(fetch(id));
    }

    /** The file with a blob, which is fetched if it is not there. */
    Path fetch(String id) throws IOException {
        Path file = directory.resolve(digest(id).hex());
        if (Files.notExists(file)) {
            fetch(id, file);
        }
        return file;
    }

    private void fetch(String id, Path file) throws IOException {
        Descriptor blob = descriptor(id);
        Path part = file.resolveSibling(file.getFileName() + ".part");
        try (InputStream in = source.open(blob)) {
            Files.copy(in, part, StandardCopyOption.REPLACE_EXISTING);
            Files.move(part, file);
        } catch (IOException e) {
            throw new IOException("blob " + blob.digest() + ": " + Reason.of(e), e);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    private Descriptor descriptor(String id) throws IOException {
        for (Descriptor layer : layers) {
            if (layer.digest().hex().equals(id)) {
                return layer;
            }
        }
        Digest digest = digest(id);
        return Descriptor.of(NydusFormat.BLOB_TYPE, digest, sizes.of(digest));
    }

    private static Digest digest(String id) throws ConversionException {
        try {
            return new Digest("sha256", id);
        } catch (IllegalArgumentException e) {
            throw new ConversionException("blob \"" + id + "\" cannot be in a registry: its name is no SHA-256", e);
        }
    }
}
