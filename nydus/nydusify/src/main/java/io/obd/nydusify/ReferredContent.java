package io.obd.nydusify;

import io.obd.block.StreamCompression;
import io.obd.block.gzip.GzipBlocks;
import io.obd.block.gzip.GzipTrace;
import io.obd.convert.Blob;
import io.obd.convert.ConversionException;
import io.obd.convert.SourceLayer;
import io.obd.rafs.BlobInfo;
import io.obd.rafs.build.BuiltImage;
import io.obd.rafs.build.Prefetch;
import io.obd.rafs.build.ReferenceBuilder;
import io.obd.rafs.data.TarStream;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Blobs that say where in the original layers the content of files is. */
final class ReferredContent implements LayerForm {
    private final int chunkSize;
    private final Prefetch prefetch;
    private final @Nullable Dictionary dictionary;

    /** Of the layers in gzip that are under way. */
    private final Map<Integer, GzipTrace> traces = new ConcurrentHashMap<>();

    /** @param dictionary has chunks that are not looked for in the layers, or null */
    ReferredContent(int chunkSize, Prefetch prefetch, @Nullable Dictionary dictionary) {
        this.chunkSize = chunkSize;
        this.prefetch = prefetch;
        this.dictionary = dictionary;
    }

    @Override
    public InputStream uncompress(SourceLayer layer, InputStream blob) throws IOException {
        BufferedInputStream in = new BufferedInputStream(blob);
        in.mark(StreamCompression.MAGIC);
        StreamCompression compression = StreamCompression.of(in.readNBytes(StreamCompression.MAGIC));
        in.reset();
        return switch (compression) {
            case NONE -> in;
            case GZIP -> {
                GzipBlocks blocks = new GzipBlocks(in, layer.toString());
                traces.put(layer.index(), blocks.trace());
                yield blocks;
            }
            case ZSTD ->
                throw new ConversionException(
                        "a layer in zstd cannot be referred to, only one in gzip or a plain tar: convert without --oci-ref");
        };
    }

    @Override
    public BuiltImage build(SourceLayer layer, InputStream tar, OutputStream out) throws IOException {
        ReferenceBuilder builder = ReferenceBuilder.ofLayers(chunkSize, true, prefetch, UnaryOperator.identity());
        if (dictionary != null) {
            builder.withDictionary(dictionary.image());
        }
        return builder.buildLayer(
                stream(layer, tar), layer.blob().digest().hex(), layer.blob().size(), out);
    }

    private TarStream stream(SourceLayer layer, InputStream tar) throws IOException {
        BufferedInputStream in = new BufferedInputStream(tar);
        // What it is compressed with is known when it is decompressed, in another thread.
        in.mark(1);
        in.read();
        in.reset();
        GzipTrace trace = traces.remove(layer.index());
        return trace == null ? TarStream.plain(in) : TarStream.inGzip(in, trace);
    }

    @Override
    public Map<String, String> annotations(SourceLayer layer) {
        return Map.of(
                NydusFormat.BLOB,
                NydusFormat.TRUE,
                NydusFormat.REFERENCE,
                layer.blob().digest().toString());
    }

    @Override
    public BlobInfo inImage(Blob blob, BlobInfo info) {
        return info.withChunkInfoIn(blob.digest().hex(), blob.size());
    }
}
