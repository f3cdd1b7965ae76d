package io.obd.tcmu.scsi;

import io.obd.block.BlockStore;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The command UNMAP and the list of ranges that comes with it.
 *
 * <pre>
 * 0 u16 length behind it   2 u16 length of the ranges   8 the ranges: u64 first block, u32 blocks, 4 spare
 * </pre>
 */
final class UnmapList {
    private static final int RANGES_LENGTH = 2;
    private static final int HEADER = 8;
    private static final int RANGE = 16;
    private static final int BLOCKS = 8;
    private static final int ANCHOR = 0x01;

    private final BlockStore store;

    UnmapList(BlockStore store) {
        this.store = store;
    }

    ScsiAnswer execute(Cdb cdb, ByteBuffer data) throws IOException {
        if ((cdb.u8(1) & ANCHOR) != 0) {
            return ScsiAnswer.failed(Sense.INVALID_FIELD);
        }
        int length = cdb.u16(7);
        if (length == 0) {
            return ScsiAnswer.good();
        }
        if (length < HEADER || length > data.remaining()) {
            return ScsiAnswer.failed(Sense.PARAMETER_LIST_LENGTH);
        }
        ByteBuffer list = data.slice(data.position(), length);
        int ranges = Math.min(Short.toUnsignedInt(list.getShort(RANGES_LENGTH)), length - HEADER) / RANGE;
        if (ranges > Inquiry.MAX_UNMAP_DESCRIPTORS) {
            return ScsiAnswer.failed(Sense.INVALID_PARAMETER);
        }
        long all = store.size() / BlockStore.SECTOR;
        for (int i = 0; i < ranges; i++) {
            long blocks = blocks(list, i);
            if (first(list, i) < 0 || first(list, i) > all || blocks > all - first(list, i)) {
                return ScsiAnswer.failed(Sense.OUT_OF_RANGE);
            }
            if (blocks > Inquiry.MAX_UNMAP_BLOCKS) {
                return ScsiAnswer.failed(Sense.INVALID_PARAMETER);
            }
        }
        for (int i = 0; i < ranges; i++) {
            if (blocks(list, i) > 0) {
                store.discard(first(list, i) * BlockStore.SECTOR, blocks(list, i) * BlockStore.SECTOR);
            }
        }
        return ScsiAnswer.good();
    }

    private static long first(ByteBuffer list, int range) {
        return list.getLong(HEADER + range * RANGE);
    }

    private static long blocks(ByteBuffer list, int range) {
        return Integer.toUnsignedLong(list.getInt(HEADER + range * RANGE + BLOCKS));
    }
}
