package io.obd.engines;

import io.obd.block.FileBlob;
import io.obd.convert.ConversionEngine;
import io.obd.convert.ConvertedLayer;
import io.obd.convert.SourceLayer;
import io.obd.fs.Ext4;
import io.obd.fs.Ext4Options;
import io.obd.fs.LayerApplier;
import io.obd.lsmt.Layer;
import io.obd.lsmt.LayerOptions;
import io.obd.lsmt.LayerWriter;
import io.obd.lsmt.LayeredImage;
import io.obd.registry.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes native overlaybd layers. The tar of a layer is applied to an ext4 file system whose blocks go, as they are
 * written, compressed into the layer's file; what the file system reads comes from there and from the layers below.
 */
public final class NativeEngine implements ConversionEngine {
    private static final Logger LOG = LoggerFactory.getLogger(NativeEngine.class);

    private final Path directory;
    private final long deviceSize;
    private final NativeLayers layers;

    /**
     * @param directory for the layers' files, one by one until the end
     * @param deviceSize bytes
     */
    public NativeEngine(Path directory, long deviceSize, NativeLayers layers) {
        this.directory = directory;
        this.deviceSize = deviceSize;
        this.layers = layers;
    }

    @Override
    public void build(SourceLayer layer, InputStream tar) throws IOException {
        UUID uuid = LayerUuid.of(layer.chainId());
        Digest parent = layer.parent();
        UUID parentUuid = parent == null ? null : LayerUuid.of(parent);
        LayerOptions options = layers.options().withUuids(uuid, parentUuid);
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
        return layers.describe(file(layer.index()));
    }

    private @Nullable LayeredImage below(SourceLayer layer) throws IOException {
        if (layer.index() == 0) {
            return null;
        }
        List<Layer> lowers = new ArrayList<>();
        try {
            for (int i = 0; i < layer.index(); i++) {
                lowers.add(open(file(i)));
            }
            return LayeredImage.open(lowers, null);
        } catch (IOException e) {
            for (Layer opened : lowers) {
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
}
