package io.obd.tcmu.ring;

/**
 * The shared memory of a user-space backstore. Numbers are in the byte order of the machine.
 *
 * <pre>
 * mailbox   0 u16 version   2 u16 flags   4 u32 ring offset   8 u32 ring length   12 u32 head (the kernel's)
 *          64 u32 tail (ours)
 *
 * entry     0 u32 length and, in its low three bits, the kind   4 u16 command id   6 u8 kernel flags   7 u8 our flags
 *   request      8 u32 data ranges   12 u32 ranges of the second direction   16 u32 ranges of checksums
 *               24 u64 offset of the command block   48 the ranges: u64 offset, u64 length
 *   answer       8 u8 SCSI status   16 sense data, 96 bytes
 * </pre>
 *
 * Offsets are from the start of the memory, those of head and tail from the start of the ring.
 */
final class RingLayout {
    static final int VERSION = 0;
    static final int FLAGS = 2;
    static final int RING_OFFSET = 4;
    static final int RING_LENGTH = 8;
    static final int HEAD = 12;
    static final int TAIL = 64;
    static final int MAILBOX_LENGTH = 68;

    static final int SUPPORTED_VERSION = 2;
    static final int FLAG_OUT_OF_ORDER = 1;

    static final int LENGTH_AND_KIND = 0;
    static final int COMMAND_ID = 4;
    static final int OUR_FLAGS = 7;
    static final int ENTRY_HEADER = 8;

    static final int KIND_MASK = 7;
    static final int KIND_PAD = 0;
    static final int KIND_COMMAND = 1;
    static final byte FLAG_UNKNOWN_KIND = 1;

    static final int RANGES = 8;
    static final int BIDIRECTIONAL_RANGES = 12;
    static final int COMMAND_BLOCK = 24;
    static final int FIRST_RANGE = 48;
    static final int RANGE_LENGTH = 16;
    static final int RANGE_SIZE = 8;

    static final int STATUS = 8;
    static final int SENSE = 16;
    static final int SENSE_LENGTH = 96;
    static final int ANSWER_END = SENSE + SENSE_LENGTH;

    private RingLayout() {}
}
