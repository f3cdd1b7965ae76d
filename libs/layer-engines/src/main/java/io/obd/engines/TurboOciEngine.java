package io.obd.engines;

import io.obd.block.FileBlob;
import io.obd.block.StreamCompression;
import io.obd.block.gzip.GzipIndexer;
import io.obd.block.gzip.GzipReader;
import io.obd.convert.ConversionEngine;
import io.obd.convert.ConversionException;
import io.obd.convert.ConvertedLayer;
import io.obd.convert.SourceLayer;
import io.obd.fs.ImageFileSystem;
import io.obd.fs.LayerApplier;
import io.obd.image.LayerAnnotations;
import io.obd.lsmt.Layer;
import io.obd.lsmt.LayerOptions;
import io.obd.lsmt.LayeredImage;
import io.obd.lsmt.WritableLayer;
import io.obd.lsmt.WritableLayer.Kind;
import io.obd.lsmt.blob.ZFileOptions;
import io.obd.registry.Descriptor;
import io.obd.registry.Digest;
import io.obd.registry.MediaTypes;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Makes turboOCI layers: a file system whose files are where they were, in the original layers, which stay in the
 * repository. A layer is a small archive of the metadata and, for a gzip layer, of the index that makes it readable at any
 * position, and of checksums of what is read then.
 */
public final class TurboOciEngine implements ConversionEngine {
    /** To be raised when the same source comes to give other bytes. */
    private static final int REVISION = 1;

    private static final UUID NIL = new UUID(0, 0);
    private static final String MARK = ".turbo.ociv1";
    private static final String GZIP_INDEX = "gzip.meta";

    /** The original does not look for it. */
    private static final String GZIP_CHECKSUMS = GZIP_INDEX + GzipReader.CHECKSUMS_SUFFIX;

    private final Path directory;
    private final long deviceSize;
    private final String mediaType;
    private final TurboOciFileSystem fileSystem;
    private final String metadata;
    private final @Nullable ConvertedLayer base;
    private final Map<Integer, StreamCompression> compressions = new ConcurrentHashMap<>();

    /** Metadata of the layers that are built, from the bottom up. */
    private final List<Path> built = new ArrayList<>();

    /**
     * @param directory for the layers' files, each in a directory of its own until the end
     * @param deviceSize bytes
     * @param mediaType of the layers' blobs, gzip tars
     * @param fileSystem of the metadata
     */
    public TurboOciEngine(Path directory, long deviceSize, String mediaType, TurboOciFileSystem fileSystem) {
        this(directory, deviceSize, mediaType, fileSystem, null);
    }

    private TurboOciEngine(
            Path directory,
            long deviceSize,
            String mediaType,
            TurboOciFileSystem fileSystem,
            @Nullable ConvertedLayer base) {
        this.directory = directory;
        this.deviceSize = deviceSize;
        this.mediaType = mediaType;
        this.fileSystem = fileSystem;
        this.metadata = fileSystem.metadataFile();
        this.base = base;
    }

    /**
     * An engine that makes no file system, as there is an ext4 in the base layer, which also decides the size of the device.
     *
     * @param base a native layer, as it goes below the others
     */
    public static TurboOciEngine on(ConvertedLayer base, Path directory, String mediaType) {
        return new TurboOciEngine(directory, 0, mediaType, TurboOciFileSystem.EXT4, base);
    }

    /**
     * What decides the result beside its source and the family of its media types.
     *
     * @param deviceSize bytes
     */
    public static String kind(long deviceSize, TurboOciFileSystem fileSystem) {
        return kind(fileSystem, Long.toString(deviceSize));
    }

    /** The same of layers on a base layer. */
    public static String kindOn(Digest baseLayer) {
        return kind(TurboOciFileSystem.EXT4, baseLayer.hex());
    }

    private static String kind(TurboOciFileSystem fileSystem, String beginning) {
        return "java-%d/turboOCI/%s/%s".formatted(REVISION, fileSystem.type(), beginning);
    }

    @Override
    public InputStream uncompress(SourceLayer layer, InputStream blob) throws IOException {
        BufferedInputStream in = new BufferedInputStream(blob);
        in.mark(StreamCompression.MAGIC);
        StreamCompression compression = StreamCompression.of(in.readNBytes(StreamCompression.MAGIC));
        in.reset();
        compressions.put(layer.index(), compression);
        return switch (compression) {
            case NONE -> in;
            case GZIP ->
                GzipIndexer.open(in, layer.toString(), newFile(layer, GZIP_INDEX), newFile(layer, GZIP_CHECKSUMS));
            case ZSTD ->
                throw new ConversionException(
                        "unsupported layer format with compression zstd: turboOCI can refer to plain and gzip tars");
        };
    }

    @Override
    public void build(SourceLayer layer, InputStream tar) throws IOException {
        Path data = newFile(layer, "writable_data");
        Path index = newFile(layer, "writable_index");
        try (LayeredImage image = image(data, index)) {
            try (ImageFileSystem fs =
                    base == null && built.isEmpty() ? fileSystem.format(image) : fileSystem.open(image)) {
                LayerApplier.referring(fs, image).apply(tar);
            }
        }
        try (WritableLayer writable = WritableLayer.open(data, index)) {
            writable.commit(newFile(layer, metadata), LayerOptions.PLAIN.withZFile(ZFileOptions.DEFAULT));
        }
        Files.delete(data);
        Files.delete(index);
        built.add(file(layer, metadata));
    }

    private LayeredImage image(Path data, Path index) throws IOException {
        List<Closeable> opened = new ArrayList<>();
        try {
            List<Layer> lowers = new ArrayList<>();
            if (base != null) {
                lowers.add(Layer.open(base.file()));
                opened.add(lowers.getLast());
            }
            for (Path lower : built) {
                lowers.add(open(lower));
                opened.add(lowers.getLast());
            }
            long size = base == null ? deviceSize : lowers.getFirst().virtualSize();
            WritableLayer top = WritableLayer.create(Kind.TURBO_OCI, data, index, size, NIL);
            opened.add(top);
            return LayeredImage.open(lowers, top);
        } catch (IOException e) {
            for (Closeable resource : opened) {
                resource.close();
            }
            throw e;
        }
    }

    /** Of the layers below only the metadata is read. */
    private static Layer open(Path file) throws IOException {
        FileBlob blob = FileBlob.open(file);
        try {
            return Layer.openTurboOci(blob, new AbsentBlob("the original layer of " + file));
        } catch (IOException e) {
            blob.close();
            throw e;
        }
    }

    @Override
    public Optional<ConvertedLayer> base() {
        return Optional.ofNullable(base);
    }

    @Override
    public ConvertedLayer describe(SourceLayer layer) throws IOException {
        boolean gzip = compressions.get(layer.index()) == StreamCompression.GZIP;
        Path blob = newFile(layer, "turboOCIv1.tar.gz");
        ArchiveDigests digests;
        try (SmallArchive archive = SmallArchive.create(blob)) {
            archive.add(metadata, file(layer, metadata));
            archive.addEmpty(MARK);
            if (gzip) {
                archive.add(GZIP_INDEX, file(layer, GZIP_INDEX));
                archive.add(GZIP_CHECKSUMS, file(layer, GZIP_CHECKSUMS));
            }
            digests = archive.finish();
        }
        long size = Files.size(blob);
        Descriptor descriptor = Descriptor.of(mediaType, digests.compressed(), size)
                .withAnnotations(Map.of(
                        LayerAnnotations.VERSION, LayerAnnotations.TURBO_OCI_VERSION,
                        LayerAnnotations.BLOB_DIGEST, digests.compressed().toString(),
                        LayerAnnotations.BLOB_SIZE, Long.toString(size),
                        LayerAnnotations.TURBO_OCI_TARGET_DIGEST,
                                layer.blob().digest().toString(),
                        LayerAnnotations.TURBO_OCI_TARGET_MEDIA_TYPE, targetType(layer, gzip)));
        return new ConvertedLayer(blob, descriptor, digests.uncompressed());
    }

    /** Of the family that the source has, and as the layer is: media types are often wrong. */
    private static String targetType(SourceLayer layer, boolean gzip) {
        if (layer.blob().mediaType().startsWith("application/vnd.docker.")) {
            return gzip ? MediaTypes.DOCKER_LAYER_GZIP : MediaTypes.DOCKER_LAYER;
        }
        return gzip ? MediaTypes.OCI_LAYER_GZIP : MediaTypes.OCI_LAYER;
    }

    /** A file that is to be made; what an earlier run left in its place goes. */
    private Path newFile(SourceLayer layer, String name) throws IOException {
        Path file = file(layer, name);
        Files.createDirectories(directory.resolve(layer.directoryName()));
        Files.deleteIfExists(file);
        return file;
    }

    private Path file(SourceLayer layer, String name) {
        return directory.resolve(layer.directoryName()).resolve(name);
    }
}
