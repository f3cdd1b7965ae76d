package io.obd.nydusify;

import io.obd.block.StreamCompression;
import io.obd.convert.Blob;
import io.obd.convert.SourceLayer;
import io.obd.rafs.BlobInfo;
import io.obd.rafs.build.BuiltImage;
import io.obd.rafs.build.ImageBuilder;
import io.obd.rafs.build.Prefetch;
import io.obd.rafs.build.TarSource;
import io.obd.rafs.data.BlobFormat;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Blobs that have the content of all files.
 *
 * @param dictionary has chunks that they need not have, or null
 */
record CopiedContent(
        BlobFormat format, Prefetch prefetch, @Nullable Dictionary dictionary) implements LayerForm {
    private static final Map<String, String> ANNOTATIONS = Map.of(NydusFormat.BLOB, NydusFormat.TRUE);

    @Override
    public InputStream uncompress(SourceLayer layer, InputStream blob) throws IOException {
        return StreamCompression.decompress(blob);
    }

    @Override
    public BuiltImage build(SourceLayer layer, InputStream tar, OutputStream out) throws IOException {
        ImageBuilder builder = new ImageBuilder(format, prefetch);
        if (dictionary != null) {
            builder.withDictionary(dictionary.image());
        }
        return builder.build(new TarSource(tar), out);
    }

    @Override
    public Map<String, String> annotations(SourceLayer layer) {
        return ANNOTATIONS;
    }

    @Override
    public BlobInfo inImage(Blob blob, BlobInfo info) {
        return info;
    }
}
