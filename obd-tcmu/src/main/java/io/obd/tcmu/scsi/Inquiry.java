package io.obd.tcmu.scsi;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** The command INQUIRY: what kind of a disk this is. */
final class Inquiry {
    /** Most blocks of one UNMAP descriptor and of all descriptors of a command: 2 GiB. */
    static final int MAX_UNMAP_BLOCKS = 1 << 22;

    static final int MAX_UNMAP_DESCRIPTORS = 64;

    /** Most blocks of a WRITE SAME: 32 MiB. */
    static final int MAX_WRITE_SAME_BLOCKS = 0xffff;

    private static final String VENDOR = "LIO-ORG ";
    private static final String PRODUCT = "TCMU device     ";
    private static final String REVISION = "0002";

    private static final int PAGE_REQUESTED = 0x01;
    private static final int COMMAND_DATA_REQUESTED = 0x02;
    private static final int ASCII = 2;
    private static final int BINARY = 1;

    /** A good multiple of sectors to discard: the blocks of the file systems here. */
    private static final int UNMAP_GRANULARITY = 8;

    private final UnitIdentity identity;
    private final boolean writable;

    Inquiry(UnitIdentity identity, boolean writable) {
        this.identity = identity;
        this.writable = writable;
    }

    ScsiAnswer answer(Cdb cdb) {
        int flags = cdb.u8(1);
        int page = cdb.u8(2);
        if ((flags & COMMAND_DATA_REQUESTED) != 0 || ((flags & PAGE_REQUESTED) == 0 && page != 0)) {
            return ScsiAnswer.failed(Sense.INVALID_FIELD);
        }
        ByteBuffer data = ByteBuffer.allocate(1024);
        if ((flags & PAGE_REQUESTED) == 0) {
            standard(data);
        } else {
            data.put((byte) 0).put((byte) page).putShort((short) 0);
            switch (page) {
                case 0x00 ->
                    data.put(new byte[] {0x00, (byte) 0x80, (byte) 0x83, (byte) 0xb0, (byte) 0xb1, (byte) 0xb2});
                case 0x80 -> data.put(ascii(identity.serial()));
                case 0x83 -> identification(data);
                case 0xb0 -> limits(data);
                case 0xb1 -> characteristics(data);
                case 0xb2 -> provisioning(data);
                default -> {
                    return ScsiAnswer.failed(Sense.INVALID_FIELD);
                }
            }
            data.putShort(2, (short) (data.position() - 4));
        }
        return ScsiAnswer.data(data.flip(), cdb.u16(3));
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static void standard(ByteBuffer data) {
        // A disk, SPC-3, 31 more bytes, third-party copy, command queueing.
        data.put(new byte[] {0, 0, 5, 2, 31, 8, 0, 2});
        data.put(ascii(VENDOR)).put(ascii(PRODUCT)).put(ascii(REVISION));
    }

    private void identification(ByteBuffer data) {
        designator(data, ASCII, 1, ascii(VENDOR + identity.serial() + '\0'));
        designator(data, BINARY, 3, registeredName());
        byte[] description = identity.description().getBytes(StandardCharsets.UTF_8);
        ByteBuffer named = ByteBuffer.allocate(Math.min(description.length, 250) + 1);
        designator(
                data, ASCII, 0, named.put(description, 0, named.capacity() - 1).array());
    }

    private static void designator(ByteBuffer data, int codeSet, int type, byte[] value) {
        data.put((byte) codeSet)
                .put((byte) type)
                .put((byte) 0)
                .put((byte) value.length)
                .put(value);
    }

    /** NAA 6, the vendor's number 001405h, and as many hexadecimal digits of the serial as there is room for. */
    private byte[] registeredName() {
        byte[] name = new byte[16];
        name[0] = 0x60;
        name[1] = 0x01;
        name[2] = 0x40;
        name[3] = 0x50;
        int nibble = 7;
        for (int i = 0; i < identity.serial().length() && nibble < 2 * name.length; i++) {
            int digit = Character.digit(identity.serial().charAt(i), 16);
            if (digit >= 0) {
                name[nibble / 2] |= (byte) (nibble % 2 == 0 ? digit << 4 : digit);
                nibble++;
            }
        }
        return name;
    }

    private void limits(ByteBuffer data) {
        byte[] page = new byte[0x3c];
        data.put(page);
        data.put(4, (byte) 1); // WRITE SAME of nothing is an error
        if (writable) {
            data.putInt(20, MAX_UNMAP_BLOCKS).putInt(24, MAX_UNMAP_DESCRIPTORS);
            data.putInt(28, UNMAP_GRANULARITY).putInt(32, 0x80000000);
            data.putLong(36, MAX_WRITE_SAME_BLOCKS);
        }
    }

    private static void characteristics(ByteBuffer data) {
        data.put(new byte[0x3c]).putShort(4, (short) 1); // it does not rotate
    }

    private void provisioning(ByteBuffer data) {
        // What is unmapped reads as zeros, and can be unmapped by UNMAP and WRITE SAME.
        data.put((byte) 0)
                .put((byte) (writable ? 0xe4 : 0x04))
                .put((byte) (writable ? 2 : 0))
                .put((byte) 0);
    }
}
