package io.obd.nydusify;

import io.obd.block.FileBlob;
import io.obd.block.StreamCompression;
import io.obd.convert.ConversionException;
import io.obd.convert.ConvertedLayer;
import io.obd.rafs.BlobInfo;
import io.obd.rafs.Bootstrap;
import io.obd.rafs.data.ChunkReader;
import io.obd.rafs.tar.TreeTar;
import io.obd.registry.Descriptor;
import io.obd.registry.Digest;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.zip.GZIPOutputStream;
import org.slf4j.Logger;

/**
 * Makes layers of the blobs of a nydus image: a blob that refers to a layer becomes that one, another becomes a tar in gzip
 * of its files.
 *
 * @param blobs of the image
 * @param mediaType of a layer in gzip
 */
record OrdinaryLayers(FetchedBlobs blobs, String mediaType, Logger log) {
    private static final int BUFFER = 1 << 18;

    /** Makes the layer of a blob; its file is to be removed. */
    ConvertedLayer make(Descriptor blob) throws IOException {
        String reference = blob.annotations().get(NydusFormat.REFERENCE);
        return reference == null ? unpack(blob) : original(reference);
    }

    private ConvertedLayer original(String reference) throws IOException {
        Digest digest = Digest.parse(reference);
        Path file = blobs.fetch(digest.hex());
        MessageDigest uncompressed = Digest.sha256Hasher();
        try (InputStream tar = StreamCompression.decompress(new BufferedInputStream(Files.newInputStream(file)));
                OutputStream hasher = new DigestOutputStream(OutputStream.nullOutputStream(), uncompressed)) {
            tar.transferTo(hasher);
        }
        return new ConvertedLayer(
                file,
                Descriptor.of(mediaType, digest, Files.size(file)),
                Digest.ofHash("sha256", uncompressed.digest()));
    }

    private ConvertedLayer unpack(Descriptor blob) throws IOException {
        String id = blob.digest().hex();
        Path file = blobs.fetch(id);
        Path layer = file.resolveSibling(id + ".tar.gz");
        Bootstrap bootstrap;
        try (FileBlob own = FileBlob.open(file)) {
            bootstrap = Bootstrap.load(own, id);
        }
        for (BlobInfo used : bootstrap.blobs()) {
            if (!used.id().equals(id)) {
                throw new ConversionException("uses chunks of blob " + used.id()
                        + ", as one that was made with a dictionary: which blobs are layers cannot be told");
            }
        }
        MessageDigest compressed = Digest.sha256Hasher();
        MessageDigest uncompressed = Digest.sha256Hasher();
        try (ChunkReader chunks = new ChunkReader(bootstrap, _ -> FileBlob.open(file), true);
                OutputStream out = new DigestOutputStream(
                        new GZIPOutputStream(
                                new DigestOutputStream(
                                        new BufferedOutputStream(Files.newOutputStream(layer), BUFFER), compressed),
                                BUFFER),
                        uncompressed)) {
            new TreeTar(out, chunks, path -> log.warn("/{} is a socket, which a tar cannot hold: left out", path))
                    .write(bootstrap.root());
        }
        Files.delete(file);
        return new ConvertedLayer(
                layer,
                Descriptor.of(mediaType, Digest.ofHash("sha256", compressed.digest()), Files.size(layer)),
                Digest.ofHash("sha256", uncompressed.digest()));
    }
}
