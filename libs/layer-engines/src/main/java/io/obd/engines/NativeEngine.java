package io.obd.engines;

import io.obd.convert.AdoptingEngine;
import io.obd.convert.Blob;
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
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes native overlaybd layers. The tar of a layer is applied to an ext4 file system whose blocks go, as they are
 * written, compressed into the layer's file; what the file system reads comes from there and from the layers below.
 */
public final class NativeEngine implements AdoptingEngine {
    /** To be raised when the same source comes to give other bytes. */
    private static final int REVISION = 2;

    private static final Logger LOG = LoggerFactory.getLogger(NativeEngine.class);

    private final Path directory;
    private final long deviceSize;
    private final NativeLayers layers;
    private final @Nullable BaseLayer base;

    /** Of the layers that are built, from the bottom up; the base layer first. */
    private final List<Path> built = new ArrayList<>();

    /**
     * @param directory for the layers' files, each in a directory of its own until the end
     * @param deviceSize bytes
     */
    public NativeEngine(Path directory, long deviceSize, NativeLayers layers) {
        this(directory, deviceSize, layers, null);
    }

    private NativeEngine(Path directory, long deviceSize, NativeLayers layers, @Nullable BaseLayer base) {
        this.directory = directory;
        this.deviceSize = deviceSize;
        this.layers = layers;
        this.base = base;
        if (base != null) {
            built.add(base.file());
        }
    }

    /** An engine that makes no file system, as one is in the base layer, which also decides the size of the device. */
    public static NativeEngine on(BaseLayer base, Path directory, NativeLayers layers) {
        return new NativeEngine(directory, 0, layers, base);
    }

    @Override
    public void build(SourceLayer layer, InputStream tar) throws IOException {
        UUID uuid = LayerUuid.of(layer.chainId());
        Digest parent = layer.parent();
        UUID parentUuid = parent == null ? null : LayerUuid.of(parent);
        LayerOptions options = layers.options().withUuids(uuid, parentUuid);
        Path file = file(layer);
        Files.createDirectories(directoryOf(layer));
        Files.deleteIfExists(file);
        try (LayeredImage below = below();
                LayerWriter writer =
                        LayerWriter.create(file, below == null ? deviceSize : below.size(), below, options)) {
            try (Ext4 fs = below == null ? Ext4.format(writer, Ext4Options.defaults()) : Ext4.open(writer)) {
                new LayerApplier(fs).apply(tar);
            }
            writer.finish();
        }
        built.add(file);
        LOG.debug(
                "layer {} committed, uuid: {}, parent uuid: {}",
                layer.index(),
                uuid,
                parentUuid == null ? "none" : parentUuid);
    }

    @Override
    public Optional<ConvertedLayer> base() {
        return base == null ? Optional.empty() : Optional.of(layers.describe(base.file(), base.blob()));
    }

    @Override
    public ConvertedLayer describe(SourceLayer layer) throws IOException {
        return layers.describe(file(layer));
    }

    @Override
    public ConvertedLayer describe(SourceLayer layer, Blob blob) {
        return layers.describe(file(layer), blob);
    }

    @Override
    public void adopt(SourceLayer layer, InputStream blob) throws IOException {
        Path file = file(layer);
        Files.createDirectories(directoryOf(layer));
        Files.copy(blob, file, StandardCopyOption.REPLACE_EXISTING);
        built.add(file);
    }

    /**
     * What decides the bytes of a layer beside its source and the layers below. Layers made by something else are not to be
     * mixed with these, as their file systems follow other rules.
     *
     * @param deviceSize bytes
     */
    public static String kind(NativeLayers layers, long deviceSize) {
        return kind(layers, Long.toString(deviceSize));
    }

    /** The same of layers on a base layer. */
    public static String kindOn(Digest baseLayer, NativeLayers layers) {
        return kind(layers, baseLayer.hex());
    }

    private static String kind(NativeLayers layers, String beginning) {
        return "java-%d/native/ext4/%s-%d/%s"
                .formatted(
                        REVISION,
                        layers.compression().codec(),
                        layers.compression().blockSize(),
                        beginning);
    }

    private @Nullable LayeredImage below() throws IOException {
        if (built.isEmpty()) {
            return null;
        }
        List<Layer> lowers = new ArrayList<>();
        try {
            for (Path file : built) {
                lowers.add(Layer.open(file));
            }
            return LayeredImage.open(lowers, null);
        } catch (IOException e) {
            for (Layer opened : lowers) {
                opened.close();
            }
            throw e;
        }
    }

    private Path file(SourceLayer layer) {
        return directoryOf(layer).resolve("overlaybd.commit");
    }

    private Path directoryOf(SourceLayer layer) {
        return directory.resolve(layer.directoryName());
    }
}
