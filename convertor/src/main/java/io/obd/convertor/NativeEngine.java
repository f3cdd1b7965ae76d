package io.obd.convertor;

import io.obd.block.FileBlob;
import io.obd.convert.ConversionEngine;
import io.obd.convert.ConvertedLayer;
import io.obd.convert.MediaTypeFamily;
import io.obd.convert.SourceLayer;
import io.obd.fs.Ext4;
import io.obd.fs.Ext4Options;
import io.obd.fs.LayerApplier;
import io.obd.image.LayerAnnotations;
import io.obd.lsmt.Layer;
import io.obd.lsmt.LayerOptions;
import io.obd.lsmt.LayerWriter;
import io.obd.lsmt.LayeredImage;
import io.obd.registry.Descriptor;
import io.obd.registry.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes native overlaybd layers. The tar of a layer is applied to an ext4 file system whose blocks go, as they are
 * written, compressed into the layer's file; what the file system reads comes from there and from the layers below.
 */
final class NativeEngine implements ConversionEngine {
    private static final Logger LOG = LoggerFactory.getLogger(NativeEngine.class);

    private final Path directory;
    private final long deviceSize;
    private final MediaTypeFamily family;

    /**
     * @param directory for the layers' files, one by one until the end
     * @param deviceSize bytes
     */
    NativeEngine(Path directory, long deviceSize, MediaTypeFamily family) {
        this.directory = directory;
        this.deviceSize = deviceSize;
        this.family = family;
    }

    @Override
    public void build(SourceLayer layer, InputStream tar) throws IOException {
        UUID uuid = LayerUuid.of(layer.chainId());
        Digest parent = layer.parent();
        UUID parentUuid = parent == null ? null : LayerUuid.of(parent);
        LayerOptions options = LayerOptions.COMPRESSED.withUuids(uuid, parentUuid);
        try (LayeredImage below = below(layer);
                LayerWriter writer = LayerWriter.create(
                        file(layer.index()), below == null ? deviceSize : below.size(), below, options)) {
            try (Ext4 fs = below == null ? Ext4.format(writer, Ext4Options.defaults()) : Ext4.open(writer)) {
                new LayerApplier(fs).apply(tar);
            }
            writer.finish();
        }
        LOG.debug(
                "layer {} committed, uuid: {}, parent uuid: {}",
                layer.index(),
                uuid,
                parentUuid == null ? "none" : parentUuid);
    }

    @Override
    public ConvertedLayer describe(SourceLayer layer) throws IOException {
        Path file = file(layer.index());
        Digest digest = digest(file);
        long size = Files.size(file);
        Descriptor descriptor = Descriptor.of(family.layer(), digest, size)
                .withAnnotations(Map.of(
                        LayerAnnotations.VERSION, LayerAnnotations.NATIVE_VERSION,
                        LayerAnnotations.BLOB_DIGEST, digest.toString(),
                        LayerAnnotations.BLOB_SIZE, Long.toString(size)));
        // The blob is an uncompressed tar: its digest is the diff id.
        return new ConvertedLayer(file, descriptor, digest);
    }

    private @Nullable LayeredImage below(SourceLayer layer) throws IOException {
        if (layer.index() == 0) {
            return null;
        }
        List<Layer> layers = new ArrayList<>();
        try {
            for (int i = 0; i < layer.index(); i++) {
                layers.add(open(file(i)));
            }
            return LayeredImage.open(layers, null);
        } catch (IOException e) {
            for (Layer opened : layers) {
                opened.close();
            }
            throw e;
        }
    }

    private static Layer open(Path file) throws IOException {
        FileBlob blob = FileBlob.open(file);
        try {
            return Layer.open(blob);
        } catch (IOException e) {
            blob.close();
            throw e;
        }
    }

    private Path file(int index) {
        return directory.resolve(index + ".overlaybd.commit");
    }

    private static Digest digest(Path file) throws IOException {
        MessageDigest hasher = sha256();
        try (InputStream in = new DigestInputStream(Files.newInputStream(file), hasher)) {
            in.transferTo(OutputStream.nullOutputStream());
            return Digest.ofHash("sha256", hasher.digest());
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
