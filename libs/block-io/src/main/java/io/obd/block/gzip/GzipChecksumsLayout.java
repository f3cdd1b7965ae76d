package io.obd.block.gzip;

/**
 * The file beside an index that lets a reader see what is wrong in a gzip stream, whose blocks have no checksums. The
 * original has no such file. Little-endian, without padding:
 *
 * <pre>
 *    0  magic                   8   "obdgzcrc"
 *    8  version                 4   1
 *   12  piece                   4   131072
 *   16  uncompressed_size       8   of the stream
 *   24  checksums               4   each: CRC-32C of a piece; of each span of the index the pieces from its start on, the
 *                                   last of which may be shorter
 *       crc                     4   CRC-32C of the bytes before
 * </pre>
 */
final class GzipChecksumsLayout {
    /** Bytes before the checksums. */
    static final int HEADER_SIZE = 24;

    /** Bytes of a checksum, and of the one of the file. */
    static final int CHECKSUM_SIZE = 4;

    static final long MAGIC = 0x6372_637A_6764_626FL;
    static final int VERSION = 1;

    /** As much as the kernel reads ahead: readers decompress that much at a time. Most spans are a little over 1 MiB. */
    static final int PIECE = 128 << 10;

    static final int MAGIC_OFFSET = 0;
    static final int VERSION_OFFSET = 8;
    static final int PIECE_OFFSET = 12;
    static final int UNCOMPRESSED_SIZE_OFFSET = 16;

    private GzipChecksumsLayout() {}
}
