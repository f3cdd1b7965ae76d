package io.obd.nydusify;

import io.obd.block.BlobReader;
import io.obd.block.FileBlob;
import io.obd.convert.AdoptingEngine;
import io.obd.convert.Blob;
import io.obd.convert.ConversionTarget;
import io.obd.convert.ConvertedLayer;
import io.obd.convert.SourceLayer;
import io.obd.rafs.BlobInfo;
import io.obd.rafs.Bootstrap;
import io.obd.rafs.build.BuiltImage;
import io.obd.rafs.build.ImageMerger;
import io.obd.registry.Descriptor;
import io.obd.registry.Digest;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/**
 * Makes layers of a nydus image: each becomes a RAFS blob that ends with its own bootstrap. Those of all layers together
 * become the bootstrap of the image, in a layer on top.
 */
final class NydusEngine implements AdoptingEngine {
    private static final int BUFFER = 1 << 20;

    private final Path directory;
    private final RafsOptions.Choice choice;
    private final LayerForm form;
    private final @Nullable Dictionary dictionary;
    private final LayerReaders adopted;
    private final ConversionTarget target;
    private final @Nullable LayerCopies copies;
    private final String bootstrapType;
    private final Path bootstrap;

    private List<Descriptor> shared = List.of();

    /** Layers by their place in the image, however they came to be. */
    private final SortedMap<Integer, Layer> layers = new ConcurrentSkipListMap<>();

    /**
     * A layer of the result.
     *
     * @param file null if it was not built here
     */
    private record Layer(Blob blob, Optional<Path> file) {}

    /** Reads layers that earlier conversions made. */
    interface LayerReaders {
        BlobReader open(Digest blob) throws IOException;
    }

    /**
     * @param directory for the layers' files
     * @param dictionary has chunks that layers need not have, or null
     * @param adopted reads the layers that are in the target already
     * @param target gets the dictionary's blobs
     * @param copies brings layers of the source to the target as they are, or null
     * @param bootstrapType media type of the layer with the bootstrap
     * @param bootstrap also gets the bootstrap of the image
     */
    NydusEngine(
            Path directory,
            RafsOptions.Choice choice,
            @Nullable Dictionary dictionary,
            LayerReaders adopted,
            ConversionTarget target,
            @Nullable LayerCopies copies,
            String bootstrapType,
            Path bootstrap) {
        this.directory = directory;
        this.choice = choice;
        this.dictionary = dictionary;
        this.form = choice.form(dictionary);
        this.target = target;
        this.copies = copies;
        this.adopted = adopted;
        this.bootstrapType = bootstrapType;
        this.bootstrap = bootstrap;
    }

    @Override
    public boolean buildsOnLayersBelow() {
        return false;
    }

    @Override
    public void adopt(SourceLayer layer, InputStream blob) {
        throw new IllegalStateException("layers are built each for itself");
    }

    @Override
    public boolean takes(SourceLayer layer, Path file) throws IOException {
        return copies != null && copies.takes(layer.blob(), file);
    }

    @Override
    public InputStream uncompress(SourceLayer layer, InputStream blob) throws IOException {
        return form.uncompress(layer, blob);
    }

    @Override
    public void build(SourceLayer layer, InputStream tar) throws IOException {
        Path file = directory.resolve(layer.index() + ".blob");
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), BUFFER)) {
            BuiltImage built = form.build(layer, tar, out);
            Digest digest = new Digest("sha256", built.blobId().orElseThrow());
            layers.put(layer.index(), new Layer(new Blob(digest, built.blobSize()), Optional.of(file)));
        }
    }

    @Override
    public ConvertedLayer describe(SourceLayer layer) {
        Layer built = layers.get(layer.index());
        if (built == null) {
            throw new IllegalStateException(layer + " was not built");
        }
        return describe(layer, built.blob(), built.file().orElseThrow());
    }

    @Override
    public ConvertedLayer describe(SourceLayer layer, Blob blob) {
        layers.put(layer.index(), new Layer(blob, Optional.empty()));
        return describe(layer, blob, directory.resolve("absent"));
    }

    private ConvertedLayer describe(SourceLayer layer, Blob blob, Path file) {
        Descriptor descriptor = Descriptor.of(NydusFormat.BLOB_TYPE, blob.digest(), blob.size())
                .withAnnotations(form.annotations(layer));
        return new ConvertedLayer(file, descriptor, blob.digest());
    }

    @Override
    public Optional<ConvertedLayer> top() throws IOException {
        Path file = directory.resolve("bootstrap.tar.gz");
        BootstrapTar.Digests digests;
        try (BootstrapTar tar = BootstrapTar.create(file)) {
            List<ImageMerger.Layer> bootstraps = new ArrayList<>();
            Map<Digest, ByteBuffer> chunkInfos = new LinkedHashMap<>();
            for (Layer layer : layers.values()) {
                Digest digest = layer.blob().digest();
                try (BlobReader blob = open(layer)) {
                    Bootstrap own = Bootstrap.load(blob, digest.hex());
                    bootstraps.add(
                            new ImageMerger.Layer(digest.toString(), own, info -> form.inImage(layer.blob(), info)));
                    for (BlobInfo info : own.blobs()) {
                        boolean isShared = dictionary != null && dictionary.has(info.id());
                        if (!isShared && info.chunkInfo().isPresent()) {
                            chunkInfos.put(
                                    digest,
                                    ChunkInfoFile.read(blob, info.chunkInfo().get()));
                        }
                    }
                }
            }
            ByteBuffer merged = merge(bootstraps);
            write(merged.duplicate());
            tar.addBootstrap(merged);
            for (Map.Entry<Digest, ByteBuffer> info : chunkInfos.entrySet()) {
                tar.addChunkInfo(info.getKey(), info.getValue());
            }
            digests = tar.finish();
        }
        Descriptor descriptor = Descriptor.of(bootstrapType, digests.compressed(), Files.size(file))
                .withAnnotations(Map.of(
                        NydusFormat.BOOTSTRAP,
                        NydusFormat.TRUE,
                        NydusFormat.FS_VERSION,
                        Integer.toString(choice.image().version().number())));
        return Optional.of(new ConvertedLayer(file, descriptor, digests.uncompressed()));
    }

    private ByteBuffer merge(List<ImageMerger.Layer> bootstraps) throws IOException {
        ImageMerger merger = new ImageMerger(choice.prefetch());
        if (dictionary == null) {
            return merger.merge(bootstraps).bootstrap();
        }
        BuiltImage image = merger.withDictionary(dictionary.image()).merge(bootstraps);
        shared = dictionary.bring(image.blobs(), target);
        return image.bootstrap();
    }

    /** Blobs of the dictionary that the image uses; known when its bootstrap was made. */
    List<Descriptor> shared() {
        return shared;
    }

    private void write(ByteBuffer merged) throws IOException {
        Files.createDirectories(Objects.requireNonNull(bootstrap.getParent()));
        try (FileChannel out = FileChannel.open(
                bootstrap, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            while (merged.hasRemaining()) {
                out.write(merged);
            }
        }
    }

    private BlobReader open(Layer layer) throws IOException {
        return layer.file().isPresent()
                ? FileBlob.open(layer.file().get())
                : adopted.open(layer.blob().digest());
    }
}
