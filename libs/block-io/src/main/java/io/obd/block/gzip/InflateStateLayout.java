package io.obd.block.gzip;

/**
 * {@code struct inflate_state} of ISA-L 2, on machines with pointers of 64 bits. Only its head is used here:
 *
 * <pre>
 *    0  next_out         8   address
 *    8  avail_out        4   room there
 *   12  total_out        4
 *   16  next_in          8   address
 *   24  read_in          8
 *   32  avail_in         4   bytes there
 *   36  read_in_length   4
 *   40  tables, and what was decompressed last
 * </pre>
 */
final class InflateStateLayout {
    /** More than it has, which is some 87 KB. */
    static final int SIZE = 128 << 10;

    static final int NEXT_OUT = 0;
    static final int AVAIL_OUT = 8;
    static final int NEXT_IN = 16;
    static final int AVAIL_IN = 32;

    private InflateStateLayout() {}
}
