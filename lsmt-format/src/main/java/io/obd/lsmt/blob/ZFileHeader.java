package io.obd.lsmt.blob;

import io.obd.block.Codec;
import io.obd.block.Crc32c;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The block at the start (header) and at the end (trailer) of a ZFile. Little-endian:
 *
 * <pre>
 *    0  magic0               8   "ZFile" 0 1 0
 *    8  magic1              16   "tuji.yyf&#64;Alibaba"
 *   24  size                 4   96
 *   28  digest               4   CRC of the 512 bytes with this field zero
 *   32  flags                8
 *   40  index_offset         8   byte position of the jump table
 *   48  index_size           8   entries of the jump table
 *   56  original_file_size   8
 *   64  index_crc            4   CRC of the jump table
 *   68  reserved             4
 *   72  block_size           4
 *   76  algo                 1   1 LZ4, 2 zstd
 *   77  level                1
 *   78  use_dict             1
 *   79  padding              1
 *   80  reserved             4
 *   84  dict_size            4
 *   88  verify               1   1: every block is followed by its CRC
 *   89  padding              7
 *   96  zeros              416
 * </pre>
 *
 * Files written in 2021 carry arbitrary bytes in the unknown flags, in the index fields where the flags say they are not
 * valid, and after byte 96 (golden file {@code corrupt/zfile-legacy-garbage-header.zfile}): only what the flags vouch for
 * is looked at.
 */
record ZFileHeader(
        long flags,
        long indexOffset,
        long indexSize,
        long originalSize,
        int indexCrc,
        int blockSize,
        int algorithm,
        int dictionarySize,
        boolean usesDictionary,
        boolean verify) {
    /** Bytes of the block. */
    static final int SIZE = 512;

    /** Set in a header, clear in a trailer. */
    static final long HEADER = 1;

    static final long DATA_FILE = 1 << 1;
    static final long SEALED = 1 << 2;

    /** This header states the index fields, there is no need for the trailer. */
    static final long OVERWRITTEN = 1 << 3;

    /** The two CRC fields are valid. */
    static final long DIGESTS = 1 << 4;

    static final int DIGEST_OFFSET = 28;
    static final int FLAGS_OFFSET = 32;
    static final int INDEX_OFFSET_OFFSET = 40;
    static final int INDEX_SIZE_OFFSET = 48;
    static final int ORIGINAL_SIZE_OFFSET = 56;
    static final int BLOCK_SIZE_OFFSET = 72;
    static final int ALGORITHM_OFFSET = 76;
    static final int USE_DICTIONARY_OFFSET = 78;
    static final int VERIFY_OFFSET = 88;

    static final int LZ4 = 1;
    static final int ZSTD = 2;

    private static final int MAGIC_0_OFFSET = 0;
    private static final int MAGIC_1_OFFSET = 8;
    static final int SIZE_OFFSET = 24;
    static final int INDEX_CRC_OFFSET = 64;
    private static final int DICTIONARY_SIZE_OFFSET = 84;
    /** Bytes that have a meaning; the block says so itself. */
    static final int USED = 96;

    /** Room that the original leaves for a block that does not compress. */
    private static final int BLOCK_SLACK = 512;

    private static final long MAGIC_0 = 0x0001_0065_6C69_465AL;
    private static final long MAGIC_1_LOW = 0x6679_792E_696A_7574L;
    private static final long MAGIC_1_HIGH = 0x6162_6162_696C_4140L;

    boolean has(long flag) {
        return (flags & flag) != 0;
    }

    /** The compression; the algorithm is a known one. */
    Codec codec() {
        return algorithm == LZ4 ? Codec.LZ4 : Codec.ZSTD;
    }

    /** The most bytes that a block can be stored in, its CRC included. */
    int maxStoredLength() {
        return blockSize + BLOCK_SLACK + (verify ? Integer.BYTES : 0);
    }

    static boolean isPresent(ByteBuffer block) {
        ByteBuffer in = block.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        return in.getLong(MAGIC_0_OFFSET) == MAGIC_0
                && in.getLong(MAGIC_1_OFFSET) == MAGIC_1_LOW
                && in.getLong(MAGIC_1_OFFSET + Long.BYTES) == MAGIC_1_HIGH;
    }

    /** The number of bytes with a meaning that a block states. */
    static int statedSize(ByteBuffer block) {
        return block.duplicate().order(ByteOrder.LITTLE_ENDIAN).getInt(SIZE_OFFSET);
    }

    /** The CRC that a block states. */
    static int statedDigest(ByteBuffer block) {
        return block.duplicate().order(ByteOrder.LITTLE_ENDIAN).getInt(DIGEST_OFFSET);
    }

    /** The CRC that a block has. */
    static int digest(ByteBuffer block) {
        ByteBuffer copy = ByteBuffer.allocate(SIZE);
        copy.put(0, block, 0, SIZE).putInt(DIGEST_OFFSET, 0);
        return new Crc32c(0).of(copy);
    }

    /** @param block {@value #SIZE} bytes with the magic */
    static ZFileHeader decode(ByteBuffer block) {
        ByteBuffer in = block.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        return new ZFileHeader(
                in.getLong(FLAGS_OFFSET),
                in.getLong(INDEX_OFFSET_OFFSET),
                in.getLong(INDEX_SIZE_OFFSET),
                in.getLong(ORIGINAL_SIZE_OFFSET),
                in.getInt(INDEX_CRC_OFFSET),
                in.getInt(BLOCK_SIZE_OFFSET),
                Byte.toUnsignedInt(in.get(ALGORITHM_OFFSET)),
                in.getInt(DICTIONARY_SIZE_OFFSET),
                in.get(USE_DICTIONARY_OFFSET) != 0,
                in.get(VERIFY_OFFSET) != 0);
    }

    /** The block as it is on disk, with its digest. */
    ByteBuffer encode() {
        ByteBuffer out = ByteBuffer.allocateDirect(SIZE).order(ByteOrder.LITTLE_ENDIAN);
        out.putLong(MAGIC_0_OFFSET, MAGIC_0)
                .putLong(MAGIC_1_OFFSET, MAGIC_1_LOW)
                .putLong(MAGIC_1_OFFSET + Long.BYTES, MAGIC_1_HIGH)
                .putInt(SIZE_OFFSET, USED)
                .putLong(FLAGS_OFFSET, flags)
                .putLong(INDEX_OFFSET_OFFSET, indexOffset)
                .putLong(INDEX_SIZE_OFFSET, indexSize)
                .putLong(ORIGINAL_SIZE_OFFSET, originalSize)
                .putInt(INDEX_CRC_OFFSET, indexCrc)
                .putInt(BLOCK_SIZE_OFFSET, blockSize)
                .put(ALGORITHM_OFFSET, (byte) algorithm)
                .put(USE_DICTIONARY_OFFSET, (byte) (usesDictionary ? 1 : 0))
                .putInt(DICTIONARY_SIZE_OFFSET, dictionarySize)
                .put(VERIFY_OFFSET, (byte) (verify ? 1 : 0));
        return out.putInt(DIGEST_OFFSET, digest(out));
    }
}
