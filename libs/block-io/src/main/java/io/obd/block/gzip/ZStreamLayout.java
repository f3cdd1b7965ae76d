package io.obd.block.gzip;

/**
 * {@code z_stream} of zlib where pointers and {@code long} have eight bytes; native byte order:
 *
 * <pre>
 *    0  next_in      8
 *    8  avail_in     4
 *   16  total_in     8
 *   24  next_out     8
 *   32  avail_out    4
 *   40  total_out    8
 *   48  msg          8
 *   56  state, zalloc, zfree, opaque
 *   88  data_type    4   after an inflate that stops at blocks: bits of the last byte that are not used yet, 64 in the
 *                        last block, 128 at the end of a block or of the header
 *   96  adler, reserved
 * </pre>
 */
final class ZStreamLayout {
    static final int SIZE = 112;
    static final int NEXT_IN = 0;
    static final int AVAIL_IN = 8;
    static final int NEXT_OUT = 24;
    static final int AVAIL_OUT = 32;
    static final int MESSAGE = 48;
    static final int DATA_TYPE = 88;

    static final int UNUSED_BITS = 7;
    static final int LAST_BLOCK = 64;
    static final int BLOCK_END = 128;

    private ZStreamLayout() {}
}
