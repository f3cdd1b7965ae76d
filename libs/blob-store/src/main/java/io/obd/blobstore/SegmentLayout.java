package io.obd.blobstore;

import io.obd.registry.Digest;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/**
 * The head of a segment file. A segment holds up to 64 granules of a blob; which of them are there is one 64-bit word,
 * kept twice, in sectors of their own. The younger valid copy counts, so a torn write costs at most what came since
 * the copy before. Little-endian.
 *
 * <pre>
 *      0  magic       u64
 *      8  version     u32
 *     12  granule     u32   bytes
 *     16  blob size   u64   bytes
 *     24  index       u64   of the segment in the blob
 *     32  digest      160   ASCII, padded with zeros
 *    192  crc32c      u32   of bytes 0 to 191
 *    512  presence A  { sequence u64, granules u64, crc32c u32 of both }
 *   1024  presence B  the same
 *   4096  granule 0, granule 1, ...
 * </pre>
 */
final class SegmentLayout {
    /** Granules in a segment: the bits of a word. */
    static final int GRANULES = Long.SIZE;

    /** Where granule 0 begins. */
    static final int DATA = 4096;

    /** Length of a presence record. */
    static final int PRESENCE_LENGTH = 20;

    private static final long MAGIC = 0x314745534344424fL; // "OBDCSEG1"
    private static final int VERSION = 1;

    private static final int MAGIC_AT = 0;
    private static final int VERSION_AT = 8;
    private static final int GRANULE_AT = 12;
    private static final int BLOB_SIZE_AT = 16;
    private static final int INDEX_AT = 24;
    private static final int DIGEST_AT = 32;
    private static final int CRC_AT = 192;
    private static final int PRESENCE_A_AT = 512;
    private static final int PRESENCE_B_AT = 1024;

    private SegmentLayout() {}

    /** Which part of which blob a segment holds. */
    record Identity(Digest digest, long blobSize, int granule, long index) {

        long granuleLength(int number) {
            long start = (index * GRANULES + number) * granule;
            return Math.clamp(blobSize - start, 0, granule);
        }

        /** Position in the file. */
        long granuleOffset(int number) {
            return DATA + (long) number * granule;
        }

        /** Bytes of these granules. */
        long length(long granules) {
            long length = 0;
            for (long left = granules; left != 0; left &= left - 1) {
                length += granuleLength(Long.numberOfTrailingZeros(left));
            }
            return length;
        }

        /** How long the file must be to hold these granules. */
        long fileLength(long granules) {
            if (granules == 0) {
                return DATA;
            }
            int last = GRANULES - 1 - Long.numberOfLeadingZeros(granules);
            return granuleOffset(last) + granuleLength(last);
        }
    }

    /** A copy of the presence word. */
    record Presence(long sequence, long granules) {}

    static long presenceOffset(long sequence) {
        return (sequence & 1) == 0 ? PRESENCE_A_AT : PRESENCE_B_AT;
    }

    /** The whole head of an empty segment. */
    static ByteBuffer head(Identity identity) {
        ByteBuffer head = ByteBuffer.allocate(DATA).order(ByteOrder.LITTLE_ENDIAN);
        head.putLong(MAGIC_AT, MAGIC);
        head.putInt(VERSION_AT, VERSION);
        head.putInt(GRANULE_AT, identity.granule());
        head.putLong(BLOB_SIZE_AT, identity.blobSize());
        head.putLong(INDEX_AT, identity.index());
        head.put(DIGEST_AT, identity.digest().toString().getBytes(StandardCharsets.US_ASCII));
        head.putInt(CRC_AT, crc(head, 0, CRC_AT));
        return head;
    }

    static ByteBuffer presence(Presence presence) {
        ByteBuffer record = ByteBuffer.allocate(PRESENCE_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
        record.putLong(0, presence.sequence());
        record.putLong(8, presence.granules());
        record.putInt(16, crc(record, 0, 16));
        return record;
    }

    /** Size of the blob that a head names; checked by {@link #isHeadOf} afterwards. */
    static long blobSize(ByteBuffer head) {
        return head.getLong(BLOB_SIZE_AT);
    }

    static boolean isHeadOf(ByteBuffer head, Identity identity) {
        ByteBuffer expected = head(identity);
        return head.slice(0, CRC_AT + Integer.BYTES).equals(expected.slice(0, CRC_AT + Integer.BYTES));
    }

    /** The younger of the valid copies; nothing is present if neither is valid. */
    static Presence youngest(ByteBuffer head) {
        Presence a = presenceAt(head, PRESENCE_A_AT);
        Presence b = presenceAt(head, PRESENCE_B_AT);
        return a.sequence() > b.sequence() ? a : b;
    }

    private static Presence presenceAt(ByteBuffer head, int at) {
        boolean valid = head.getInt(at + 16) == crc(head, at, 16);
        return valid ? new Presence(head.getLong(at), head.getLong(at + 8)) : new Presence(0, 0);
    }

    private static int crc(ByteBuffer buffer, int at, int length) {
        CRC32C crc = new CRC32C();
        crc.update(buffer.slice(at, length));
        return (int) crc.getValue();
    }
}
