package io.obd.rafs;

import io.obd.block.CorruptBlobException;
import io.obd.fs.tar.ByteString;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The two blob tables of version 5. The first has for each blob
 *
 * <pre>
 * 0 u32 where to read ahead   4 u32 bytes to read ahead   8 id, ended by NUL or the end of the table
 * </pre>
 *
 * and the extended one, which old images have not,
 *
 * <pre>
 * 0 u32 chunks   4 u32 features   8 u64 size uncompressed   16 u64 size   24 zeros to 64
 * </pre>
 */
final class V5Blobs {
    static final int EXTENDED_SIZE = 64;

    private static final int READ_AHEAD = 4;
    private static final int ID = 8;

    private static final int FEATURES = 4;
    private static final int UNCOMPRESSED_SIZE = 8;
    private static final int COMPRESSED_SIZE = 16;

    private V5Blobs() {}

    static List<BlobInfo> decode(MetadataBytes in, V5SuperBlock image, String ownBlob) throws CorruptBlobException {
        List<BlobInfo> blobs = new ArrayList<>();
        long end = image.blobTable() + image.blobTableSize();
        for (long at = image.blobTable(); end - at > ID; ) {
            ByteString rest = in.string(at + ID, end - at - ID, "a blob");
            int nul = rest.indexOf(0, 0);
            ByteString stored = rest.slice(0, nul < 0 ? rest.length() : nul);
            String id = BlobId.decode(in, at + ID, stored, ownBlob);
            blobs.add(blob(in, image, blobs.size(), id, in.u32(at + READ_AHEAD)));
            at += ID + stored.length() + 1;
        }
        if (image.extendedBlobEntries() > 0 && image.extendedBlobEntries() != blobs.size()) {
            throw in.broken(
                    image.blobTable(),
                    blobs.size() + " blobs, " + image.extendedBlobEntries() + " in the extended table");
        }
        return List.copyOf(blobs);
    }

    private static BlobInfo blob(MetadataBytes in, V5SuperBlock image, int index, String id, long readAhead)
            throws CorruptBlobException {
        boolean known = index < image.extendedBlobEntries();
        long at = image.extendedBlobTable() + (long) index * EXTENDED_SIZE;
        BlobFeatures features = new BlobFeatures(known ? in.i32(at + FEATURES) : 0);
        if (features.unknown() != 0 || features.has(BlobFeatures.ENCRYPTED | BlobFeatures.BATCH | BlobFeatures.ZRAN)) {
            throw in.broken(at + FEATURES, "features of a blob: 0x" + Integer.toHexString(features.bits()));
        }
        return new BlobInfo(
                index,
                id,
                features,
                image.flags().compressor(),
                image.flags().digester(),
                known ? in.count(at, "the number of chunks") : 0,
                image.chunkSize(),
                known ? in.position(at + COMPRESSED_SIZE, "the size of a blob") : 0,
                known ? in.position(at + UNCOMPRESSED_SIZE, "the size of a blob") : 0,
                readAhead,
                Optional.empty(),
                Optional.empty());
    }

    /** Encodes the first table, filled up to a position where something else may begin. */
    static byte[] encode(List<BlobInfo> blobs) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (BlobInfo blob : blobs) {
            if (out.size() > 0) {
                out.write(0);
            }
            ByteBuffer readAhead = ByteBuffer.allocate(ID).order(ByteOrder.LITTLE_ENDIAN);
            readAhead.putInt(READ_AHEAD, (int) Math.min(blob.readAhead(), 0xffff_ffffL));
            out.writeBytes(readAhead.array());
            out.writeBytes(ByteString.of(blob.id()).toBytes());
        }
        out.writeBytes(new byte[(int) V5SuperBlock.padded(out.size()) - out.size()]);
        return out.toByteArray();
    }

    /** Encodes an entry of the extended table. */
    static void encodeExtended(ByteBuffer out, int at, BlobInfo blob) {
        out.putInt(at, blob.chunkCount());
        out.putInt(at + FEATURES, blob.features().bits());
        out.putLong(at + UNCOMPRESSED_SIZE, blob.uncompressedSize());
        out.putLong(at + COMPRESSED_SIZE, blob.compressedSize());
    }
}
