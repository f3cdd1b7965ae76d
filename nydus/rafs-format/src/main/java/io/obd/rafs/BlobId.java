package io.obd.rafs;

import io.obd.block.CorruptBlobException;
import io.obd.fs.tar.ByteString;
import java.util.regex.Pattern;

/** The identity of a blob in a table of blobs. It becomes the name of a file and part of an URL. */
final class BlobId {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,254}");

    /** Stands where the identity was not known yet: the bootstrap is part of the blob whose hash it is. */
    static final String UNKNOWN = "x".repeat(64);

    private BlobId() {}

    /**
     * Decodes an identity.
     *
     * @param own that of the blob the bootstrap was taken from
     */
    static String decode(MetadataBytes in, long at, ByteString stored, String own) throws CorruptBlobException {
        String id = stored.toString();
        if (id.equals(UNKNOWN)) {
            id = own;
        }
        if (!NAME.matcher(id).matches()) {
            throw in.broken(at, "'" + id + "' is no identity of a blob");
        }
        return id;
    }
}
