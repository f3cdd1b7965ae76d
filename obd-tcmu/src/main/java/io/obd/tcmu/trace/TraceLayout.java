package io.obd.tcmu.trace;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A trace file: a header, then a record for each read. Little-endian; what is not named is padding, which the original
 * leaves as it was in memory, also in records, where the checksum covers it.
 *
 * <pre>
 * header                                     record
 *    0  magic      u32                          0  operation  u8   'R'
 *    8  data size  u64  bytes of all records    4  layer      u32
 *   16  checksum   u32  CRC-32C of all records  8  count      u64  bytes
 *   24                                         16  offset     i64
 *                                              24
 * </pre>
 */
final class TraceLayout {
    static final int HEADER_SIZE = 24;
    static final int RECORD_SIZE = 24;

    /** What the CRC of the records starts from; it is not inverted. */
    static final int CRC_SEED = 0;

    private static final int MAGIC = 0xC2EF1820;
    private static final byte READ = 'R';

    private static final int MAGIC_AT = 0;
    private static final int DATA_SIZE_AT = 8;
    private static final int CHECKSUM_AT = 16;

    private static final int OPERATION_AT = 0;
    private static final int LAYER_AT = 4;
    private static final int COUNT_AT = 8;
    private static final int OFFSET_AT = 16;

    private TraceLayout() {}

    static void putHeader(ByteBuffer file, int records, int checksum) {
        file.order(ByteOrder.LITTLE_ENDIAN)
                .putInt(MAGIC_AT, MAGIC)
                .putLong(DATA_SIZE_AT, (long) records * RECORD_SIZE)
                .putInt(CHECKSUM_AT, checksum);
    }

    static boolean hasMagic(ByteBuffer file) {
        return file.limit() >= Integer.BYTES
                && file.order(ByteOrder.LITTLE_ENDIAN).getInt(MAGIC_AT) == MAGIC;
    }

    static long dataSize(ByteBuffer file) {
        return file.order(ByteOrder.LITTLE_ENDIAN).getLong(DATA_SIZE_AT);
    }

    static int checksum(ByteBuffer file) {
        return file.order(ByteOrder.LITTLE_ENDIAN).getInt(CHECKSUM_AT);
    }

    static void putRead(ByteBuffer file, int at, TraceRead read) {
        file.order(ByteOrder.LITTLE_ENDIAN)
                .put(at + OPERATION_AT, READ)
                .putInt(at + LAYER_AT, read.layer())
                .putLong(at + COUNT_AT, read.count())
                .putLong(at + OFFSET_AT, read.offset());
    }

    static boolean isRead(ByteBuffer file, int at) {
        return file.get(at + OPERATION_AT) == READ;
    }

    static TraceRead read(ByteBuffer file, int at) {
        file.order(ByteOrder.LITTLE_ENDIAN);
        return new TraceRead(file.getInt(at + LAYER_AT), file.getLong(at + OFFSET_AT), file.getLong(at + COUNT_AT));
    }
}
