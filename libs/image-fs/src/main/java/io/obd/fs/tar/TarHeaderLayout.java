package io.obd.fs.tar;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A header block of ustar, with the fields GNU tar puts where ustar has the prefix. Numbers are octal text, or
 * base-256 if the first bit is set.
 *
 * <pre>
 *   0 name[100]   100 mode[8]   108 uid[8]    116 gid[8]      124 size[12]   136 mtime[12]
 * 148 checksum[8] 156 type      157 link[100] 257 magic[8]    265 uname[32]  297 gname[32]
 * 329 major[8]    337 minor[8]  345 prefix[155]
 *
 * GNU: 345 atime[12]  357 ctime[12]  386 sparse[4] of {offset[12], length[12]}  482 extended  483 real size[12]
 * GNU, block of more pieces: 0 sparse[21]  504 extended
 * </pre>
 *
 * <p>In an archive of headers alone a file has instead of its major number where its data is in the tar, 8 bytes
 * little-endian.
 */
final class TarHeaderLayout {
    static final int BLOCK = 512;
    static final int NAME = 0;
    static final int NAME_LENGTH = 100;
    static final int MODE = 100;
    static final int UID = 108;
    static final int GID = 116;
    static final int SIZE = 124;
    static final int MTIME = 136;
    static final int CHECKSUM = 148;
    static final int TYPE = 156;
    static final int LINK = 157;
    static final int LINK_LENGTH = 100;
    static final int MAGIC = 257;
    static final int MAJOR = 329;
    static final int MINOR = 337;
    static final int PREFIX = 345;
    static final int PREFIX_LENGTH = 155;
    static final int SHORT_NUMBER = 8;
    static final int LONG_NUMBER = 12;

    static final int GNU_SPARSE = 386;
    static final int GNU_SPARSE_COUNT = 4;
    static final int GNU_EXTENDED = 482;
    static final int GNU_REAL_SIZE = 483;
    static final int GNU_MORE_COUNT = 21;
    static final int GNU_MORE_EXTENDED = 504;

    private TarHeaderLayout() {}

    /** Of a file in an archive of headers alone: where its data is. */
    static long dataOffset(byte[] header) {
        return ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN).getLong(MAJOR);
    }

    /** Makes a header in {@code headers[at..]} one of an archive of headers alone. */
    static void dataOffset(byte[] headers, int at, long offset) {
        ByteBuffer.wrap(headers).order(ByteOrder.LITTLE_ENDIAN).putLong(at + MAJOR, offset);
    }
}
