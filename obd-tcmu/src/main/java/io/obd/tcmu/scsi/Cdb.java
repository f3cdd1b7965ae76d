package io.obd.tcmu.scsi;

import java.nio.ByteBuffer;

/**
 * A command descriptor block. Its numbers are big-endian; where they are depends on the length of the block, which the
 * first byte tells.
 */
public final class Cdb {
    private static final int LONGEST = 16;
    private static final int FORCE_UNIT_ACCESS = 0x08;

    private final ByteBuffer block;

    /** @param block the bytes; what is missing of sixteen reads as zero */
    public Cdb(byte[] block) {
        this.block = ByteBuffer.allocate(Math.max(LONGEST, block.length)).put(0, block);
    }

    /** The command. */
    int opcode() {
        return u8(0);
    }

    int u8(int at) {
        return Byte.toUnsignedInt(block.get(at));
    }

    int u16(int at) {
        return Short.toUnsignedInt(block.getShort(at));
    }

    long u32(int at) {
        return Integer.toUnsignedLong(block.getInt(at));
    }

    /** The logical block a command on the medium begins at; negative if it is beyond every disk. */
    long lba() {
        return switch (length()) {
            case 6 -> (u8(1) & 0x1f) << 16 | u16(2);
            case 16 -> block.getLong(2);
            default -> u32(2);
        };
    }

    /** How many blocks a command on the medium is about. */
    long blocks() {
        return switch (length()) {
            case 6 -> u8(4) == 0 ? 256 : u8(4);
            case 10 -> u16(7);
            case 12 -> u32(6);
            default -> u32(10);
        };
    }

    private int length() {
        return switch (opcode() >> 5) {
            case 0 -> 6;
            case 1, 2 -> 10;
            case 5 -> 12;
            default -> 16;
        };
    }

    /** Whether a write has to be on stable storage when it is answered. */
    boolean forcesUnitAccess() {
        return length() != 6 && (u8(1) & FORCE_UNIT_ACCESS) != 0;
    }

    /** Whether data comes with the command, instead of being asked for. */
    public boolean bringsData() {
        return switch (opcode()) {
            case Opcode.WRITE_6,
                    Opcode.WRITE_10,
                    Opcode.WRITE_12,
                    Opcode.WRITE_16,
                    Opcode.WRITE_SAME_10,
                    Opcode.WRITE_SAME_16,
                    Opcode.UNMAP,
                    Opcode.MODE_SELECT_6,
                    Opcode.MODE_SELECT_10 -> true;
            default -> false;
        };
    }

    /** Whether the answer may have to wait for the medium. */
    public boolean needsMedium() {
        return switch (opcode()) {
            case Opcode.READ_6,
                    Opcode.READ_10,
                    Opcode.READ_12,
                    Opcode.READ_16,
                    Opcode.WRITE_6,
                    Opcode.WRITE_10,
                    Opcode.WRITE_12,
                    Opcode.WRITE_16,
                    Opcode.WRITE_SAME_10,
                    Opcode.WRITE_SAME_16,
                    Opcode.UNMAP,
                    Opcode.SYNCHRONIZE_CACHE_10,
                    Opcode.SYNCHRONIZE_CACHE_16 -> true;
            default -> false;
        };
    }

    /** For the log. */
    @Override
    public String toString() {
        String name =
                switch (opcode()) {
                    case Opcode.READ_6, Opcode.READ_10, Opcode.READ_12, Opcode.READ_16 -> "read";
                    case Opcode.WRITE_6, Opcode.WRITE_10, Opcode.WRITE_12, Opcode.WRITE_16 -> "write";
                    case Opcode.WRITE_SAME_10, Opcode.WRITE_SAME_16 -> "write same";
                    case Opcode.UNMAP -> "discard";
                    case Opcode.SYNCHRONIZE_CACHE_10, Opcode.SYNCHRONIZE_CACHE_16 -> "flush";
                    default -> "";
                };
        return switch (name) {
            case "" -> "SCSI command %02xh".formatted(opcode());
            case "read", "write", "write same" -> name + " of " + blocks() + " sectors at " + lba();
            default -> name;
        };
    }
}
