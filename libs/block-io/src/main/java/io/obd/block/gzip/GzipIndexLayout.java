package io.obd.block.gzip;

import io.obd.block.Crc32c;
import java.nio.ByteBuffer;

/**
 * The file that makes a gzip stream readable from the middle. Little-endian, without padding:
 *
 * <pre>
 *    0  magic                   8   "ddgzidx" 0
 *    8  major_version           1   1
 *    9  minor_version           1   0
 *   10  dict_compress_algo      1   0 none, 1 zlib; of windows and table
 *   11  dict_compress_level     1
 *   12  flag                    1
 *   13  span                    4   wanted distance of entries in uncompressed bytes
 *   17  window                  4   32768
 *   21  entry_size              4   29
 *   25  entries                 8
 *   33  gzip_file_size          8
 *   41  index_file_size         8
 *   49  uncompressed_size       8
 *   57  reserved              256
 *  313  index_start             8   byte position of the table
 *  321  index_area_len          8   stored bytes of the table, which ends the file
 *  329  crc                     4   CRC-32C of the bytes before, without inversion
 *  333  windows, the table
 * </pre>
 *
 * An entry of the table is a boundary of deflate blocks where decompression can begin:
 *
 * <pre>
 *    0  de_pos                  8   uncompressed position
 *    8  en_pos                  8   position of the first byte that belongs to the block as a whole
 *   16  win_pos                 8   position of the window in this file
 *   24  bits                    1   how many high bits of the byte before en_pos belong to the block
 *   25  win_len                 4   stored bytes of the window
 * </pre>
 */
final class GzipIndexLayout {
    /** Bytes of the header. */
    static final int SIZE = 333;

    /** Bytes of an entry. */
    static final int ENTRY_SIZE = 29;

    /** Bytes that a deflate stream can refer back to. */
    static final int WINDOW = 32768;

    static final long MAGIC = 0x0078_6469_7A67_6464L;
    static final int MAJOR_VERSION = 1;
    static final int PLAIN = 0;
    static final int ZLIB = 1;
    static final int ZLIB_LEVEL = 6;
    static final int SPAN = 1 << 20;

    static final int MAGIC_OFFSET = 0;
    static final int MAJOR_VERSION_OFFSET = 8;
    static final int ALGORITHM_OFFSET = 10;
    static final int LEVEL_OFFSET = 11;
    static final int SPAN_OFFSET = 13;
    static final int WINDOW_OFFSET = 17;
    static final int ENTRY_SIZE_OFFSET = 21;
    static final int ENTRIES_OFFSET = 25;
    static final int GZIP_SIZE_OFFSET = 33;
    static final int FILE_SIZE_OFFSET = 41;
    static final int UNCOMPRESSED_SIZE_OFFSET = 49;
    static final int TABLE_OFFSET = 313;
    static final int TABLE_LENGTH_OFFSET = 321;
    static final int CRC_OFFSET = 329;

    static final int ENTRY_UNCOMPRESSED_OFFSET = 0;
    static final int ENTRY_COMPRESSED_OFFSET = 8;
    static final int ENTRY_WINDOW_OFFSET = 16;
    static final int ENTRY_BITS_OFFSET = 24;
    static final int ENTRY_WINDOW_LENGTH_OFFSET = 25;

    private GzipIndexLayout() {}

    /** The CRC that a header has. */
    static int crc(ByteBuffer header) {
        return new Crc32c(0).of(header.slice(0, CRC_OFFSET));
    }
}
