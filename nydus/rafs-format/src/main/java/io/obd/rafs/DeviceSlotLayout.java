package io.obd.rafs;

import io.obd.block.CorruptBlobException;
import io.obd.fs.tar.ByteString;
import java.nio.ByteBuffer;

/**
 * A blob as the kernel's EROFS sees it, a device: 128 bytes.
 *
 * <pre>
 * 0 id[64] padded with NUL   64 u32 blocks   68 u32 block it is mapped at   72 zeros
 * </pre>
 */
final class DeviceSlotLayout {
    static final int SIZE = 128;

    private static final int ID_LENGTH = 64;
    private static final int BLOCKS = 64;
    private static final int MAPPED_AT = 68;

    private DeviceSlotLayout() {}

    /** The identity that the slot states. */
    static ByteString id(MetadataBytes in, long at) throws CorruptBlobException {
        return PaddedText.decode(in, at, ID_LENGTH);
    }

    /** The block of a disk with all blobs at which the blob begins. */
    static long mappedBlock(MetadataBytes in, long at) throws CorruptBlobException {
        return in.u32(at + MAPPED_AT);
    }

    /** Checks a slot against the blob table. */
    static void check(MetadataBytes in, long at, ByteString storedId) throws CorruptBlobException {
        if (!id(in, at).equals(storedId)) {
            throw in.broken(at, "the device is '" + id(in, at) + "', the blob table has '" + storedId + "'");
        }
        if (in.i32(at + BLOCKS) == 0) {
            throw in.broken(at + BLOCKS, "a device without blocks");
        }
    }

    /**
     * Encodes a slot.
     *
     * @param blocks that the blob has when it is decompressed
     * @param mappedAt block at which it follows the bootstrap
     */
    static void encode(ByteBuffer out, int at, String id, int blocks, int mappedAt) {
        PaddedText.encode(out, at, ByteString.of(id));
        out.putInt(at + BLOCKS, blocks);
        out.putInt(at + MAPPED_AT, mappedAt);
    }
}
