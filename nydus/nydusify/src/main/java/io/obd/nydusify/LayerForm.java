package io.obd.nydusify;

import io.obd.convert.Blob;
import io.obd.convert.SourceLayer;
import io.obd.rafs.BlobInfo;
import io.obd.rafs.build.BuiltImage;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Map;

/** What layers become. */
interface LayerForm {

    /**
     * Uncompresses a layer; what this gives is read while the layer is built.
     *
     * @param blob as it is in the registry; closed with the result
     */
    InputStream uncompress(SourceLayer layer, InputStream blob) throws IOException;

    /**
     * Builds a blob that ends with the bootstrap of its layer.
     *
     * @param tar what {@link #uncompress} gives
     * @param out gets the blob; not closed
     */
    BuiltImage build(SourceLayer layer, InputStream tar, OutputStream out) throws IOException;

    /** The annotations of a blob. */
    Map<String, String> annotations(SourceLayer layer);

    /**
     * What an image has to know of a blob.
     *
     * @param info what the bootstrap in the blob says
     */
    BlobInfo inImage(Blob blob, BlobInfo info);
}
