package io.obd.tcmu.scsi;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.TreeMap;

/** The commands MODE SENSE and MODE SELECT: how the disk is set, which cannot be changed. */
final class ModePages {
    private static final int ALL_PAGES = 0x3f;
    private static final int ALL_SUBPAGES = 0xff;
    private static final int CHANGEABLE = 1;
    private static final int SAVED = 3;
    private static final int SAVE_PAGES = 0x01;
    private static final byte WRITE_PROTECTED = (byte) 0x80;
    private static final int SHORT_HEADER = 4;
    private static final int LONG_HEADER = 8;

    private final Map<Integer, byte[]> pages = new TreeMap<>();
    private final boolean writable;

    ModePages(boolean writable) {
        this.writable = writable;
        byte[] caching = page(0x08, 18);
        caching[2] = (byte) (writable ? 0x04 : 0); // what is written is safe when it was flushed
        byte[] control = page(0x0a, 10);
        control[2] = 2; // one set of tasks for each initiator
        control[5] = 0x40; // a task that was aborted says so
        control[8] = (byte) 0xff; // no limit for the time a command takes
        control[9] = (byte) 0xff;
        pages.put(0x01, page(0x01, 10));
        pages.put(0x08, caching);
        pages.put(0x0a, control);
    }

    private static byte[] page(int code, int length) {
        byte[] page = new byte[2 + length];
        page[0] = (byte) code;
        page[1] = (byte) length;
        return page;
    }

    ScsiAnswer sense(Cdb cdb) {
        boolean isShort = cdb.opcode() == Opcode.MODE_SENSE_6;
        int control = cdb.u8(2) >> 6;
        int code = cdb.u8(2) & ALL_PAGES;
        int subpage = cdb.u8(3);
        if (control == SAVED) {
            return ScsiAnswer.failed(Sense.SAVING_NOT_SUPPORTED);
        }
        if ((code != ALL_PAGES && !pages.containsKey(code)) || (subpage != 0 && subpage != ALL_SUBPAGES)) {
            return ScsiAnswer.failed(Sense.INVALID_FIELD);
        }
        ByteBuffer data = ByteBuffer.allocate(256);
        data.position(isShort ? SHORT_HEADER : LONG_HEADER);
        pages.forEach((number, page) -> {
            if (code == ALL_PAGES || code == number) {
                data.put(control == CHANGEABLE ? page(number, page.length - 2) : page);
            }
        });
        byte specific = writable ? 0 : WRITE_PROTECTED;
        if (isShort) {
            data.put(0, (byte) (data.position() - 1)).put(2, specific);
        } else {
            data.putShort(0, (short) (data.position() - 2)).put(3, specific);
        }
        return ScsiAnswer.data(data.flip(), isShort ? cdb.u8(4) : cdb.u16(7));
    }

    ScsiAnswer select(Cdb cdb, ByteBuffer data) {
        boolean isShort = cdb.opcode() == Opcode.MODE_SELECT_6;
        int length = isShort ? cdb.u8(4) : cdb.u16(7);
        int header = isShort ? SHORT_HEADER : LONG_HEADER;
        if ((cdb.u8(1) & SAVE_PAGES) != 0) {
            return ScsiAnswer.failed(Sense.INVALID_FIELD);
        }
        if (length == 0) {
            return ScsiAnswer.good();
        }
        if (length < header || length > data.remaining()) {
            return ScsiAnswer.failed(Sense.PARAMETER_LIST_LENGTH);
        }
        int start = data.position();
        int blockDescriptors = isShort
                ? Byte.toUnsignedInt(data.get(start + SHORT_HEADER - 1))
                : Short.toUnsignedInt(data.getShort(start + LONG_HEADER - 2));
        int at = header + blockDescriptors;
        while (at < length) {
            byte[] page = pages.get(data.get(start + at) & ALL_PAGES);
            if (page == null || !isSame(data, start + at, length - at, page)) {
                return ScsiAnswer.failed(Sense.INVALID_PARAMETER);
            }
            at += page.length;
        }
        return ScsiAnswer.good();
    }

    private static boolean isSame(ByteBuffer data, int at, int remaining, byte[] page) {
        if (remaining < page.length) {
            return false;
        }
        for (int i = 1; i < page.length; i++) {
            if (data.get(at + i) != page[i]) {
                return false;
            }
        }
        return true;
    }
}
