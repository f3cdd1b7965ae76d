package io.obd.tcmu.scsi;

import io.obd.block.BlockStore;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A disk that answers SCSI commands. Many threads may send commands; the store orders its writes.
 *
 * <p>What the original lacks is here: UNMAP, READ CAPACITY (10) and WRITE SAME without UNMAP, and a command that goes
 * beyond the end of the disk fails.
 */
public final class ScsiDisk {
    private static final int SECTOR = BlockStore.SECTOR;
    private static final int ANCHOR_BIT = 0x10;
    private static final int NO_DATA_BIT = 0x01;
    private static final int LARGEST_PATTERN = 1 << 20;

    private final BlockStore store;
    private final boolean writable;
    private final Inquiry inquiry;
    private final ModePages modePages;
    private final UnmapList unmapList;

    /** @param store takes writes from many threads */
    public ScsiDisk(BlockStore store, boolean writable, UnitIdentity identity) {
        this.store = store;
        this.writable = writable;
        this.inquiry = new Inquiry(identity, writable);
        this.modePages = new ModePages(writable);
        this.unmapList = new UnmapList(store);
    }

    /**
     * Executes a command.
     *
     * @param data what came with the command, or room for what it asks for; big-endian
     * @throws IOException if the store fails; {@link #mediumError} is the answer then
     */
    public ScsiAnswer execute(Cdb cdb, ByteBuffer data) throws IOException {
        return switch (cdb.opcode()) {
            case Opcode.TEST_UNIT_READY -> ScsiAnswer.good();
            case Opcode.INQUIRY -> inquiry.answer(cdb);
            case Opcode.MODE_SENSE_6, Opcode.MODE_SENSE_10 -> modePages.sense(cdb);
            case Opcode.MODE_SELECT_6, Opcode.MODE_SELECT_10 -> modePages.select(cdb, data);
            case Opcode.READ_CAPACITY_10 -> capacity10();
            case Opcode.SERVICE_ACTION_IN_16 ->
                (cdb.u8(1) & 0x1f) == Opcode.READ_CAPACITY_16
                        ? capacity16(cdb)
                        : ScsiAnswer.failed(Sense.INVALID_OPCODE);
            case Opcode.READ_6, Opcode.READ_10, Opcode.READ_12, Opcode.READ_16 -> read(cdb, data);
            case Opcode.WRITE_6, Opcode.WRITE_10, Opcode.WRITE_12, Opcode.WRITE_16 -> write(cdb, data);
            case Opcode.WRITE_SAME_10, Opcode.WRITE_SAME_16 -> writeSame(cdb, data);
            case Opcode.UNMAP -> writable ? unmapList.execute(cdb, data) : ScsiAnswer.failed(Sense.WRITE_PROTECTED);
            case Opcode.SYNCHRONIZE_CACHE_10, Opcode.SYNCHRONIZE_CACHE_16 -> {
                store.flush();
                yield ScsiAnswer.good();
            }
            default -> ScsiAnswer.failed(Sense.INVALID_OPCODE);
        };
    }

    /** The answer to a command whose data could not be had or kept. */
    public static ScsiAnswer mediumError(Cdb cdb) {
        boolean read =
                switch (cdb.opcode()) {
                    case Opcode.READ_6, Opcode.READ_10, Opcode.READ_12, Opcode.READ_16 -> true;
                    default -> false;
                };
        return ScsiAnswer.failed(read ? Sense.MEDIUM_READ_ERROR : Sense.MEDIUM_WRITE_ERROR);
    }

    /** The answer to a command that wants data in both directions, which none of ours does. */
    public static ScsiAnswer unsupported() {
        return ScsiAnswer.failed(Sense.INVALID_OPCODE);
    }

    private ScsiAnswer capacity10() {
        ByteBuffer data = ByteBuffer.allocate(8);
        data.putInt((int) Math.min(lastBlock(), 0xffffffffL)).putInt(SECTOR);
        return ScsiAnswer.data(data.flip(), data.capacity());
    }

    private ScsiAnswer capacity16(Cdb cdb) {
        ByteBuffer data = ByteBuffer.allocate(32);
        data.putLong(0, lastBlock()).putInt(8, SECTOR);
        data.put(14, (byte) (writable ? 0xc0 : 0)); // thin, and what is unmapped reads as zeros
        return ScsiAnswer.data(data, cdb.u32(10));
    }

    private long lastBlock() {
        return store.size() / SECTOR - 1;
    }

    private boolean isOutside(long lba, long blocks) {
        long all = store.size() / SECTOR;
        return lba < 0 || lba > all || blocks > all - lba;
    }

    private ScsiAnswer read(Cdb cdb, ByteBuffer data) throws IOException {
        if (isOutside(cdb.lba(), cdb.blocks())) {
            return ScsiAnswer.failed(Sense.OUT_OF_RANGE);
        }
        long length = cdb.blocks() * SECTOR;
        if (length > data.remaining()) {
            return ScsiAnswer.failed(Sense.INVALID_FIELD);
        }
        ByteBuffer wanted = data.slice(data.position(), (int) length);
        store.read(cdb.lba() * SECTOR, wanted);
        return ScsiAnswer.data(wanted.flip(), length);
    }

    private ScsiAnswer write(Cdb cdb, ByteBuffer data) throws IOException {
        if (!writable) {
            return ScsiAnswer.failed(Sense.WRITE_PROTECTED);
        }
        if (isOutside(cdb.lba(), cdb.blocks())) {
            return ScsiAnswer.failed(Sense.OUT_OF_RANGE);
        }
        long length = cdb.blocks() * SECTOR;
        if (length > data.remaining()) {
            return ScsiAnswer.failed(Sense.INVALID_FIELD);
        }
        if (length > 0) {
            store.write(cdb.lba() * SECTOR, data.slice(data.position(), (int) length));
        }
        if (cdb.forcesUnitAccess()) {
            store.flush();
        }
        return ScsiAnswer.good();
    }

    /** Whether or not it asks for unmapping: what is unmapped reads as zeros, so zeros are always unmapped. */
    private ScsiAnswer writeSame(Cdb cdb, ByteBuffer data) throws IOException {
        if (!writable) {
            return ScsiAnswer.failed(Sense.WRITE_PROTECTED);
        }
        boolean noData = cdb.opcode() == Opcode.WRITE_SAME_16 && (cdb.u8(1) & NO_DATA_BIT) != 0;
        if ((cdb.u8(1) & ANCHOR_BIT) != 0
                || cdb.blocks() == 0
                || cdb.blocks() > Inquiry.MAX_WRITE_SAME_BLOCKS
                || (!noData && data.remaining() < SECTOR)) {
            return ScsiAnswer.failed(Sense.INVALID_FIELD);
        }
        if (isOutside(cdb.lba(), cdb.blocks())) {
            return ScsiAnswer.failed(Sense.OUT_OF_RANGE);
        }
        if (noData || isZero(data)) {
            store.discard(cdb.lba() * SECTOR, cdb.blocks() * SECTOR);
        } else {
            repeat(cdb.lba() * SECTOR, cdb.blocks() * SECTOR, data.slice(data.position(), SECTOR));
        }
        return ScsiAnswer.good();
    }

    private static boolean isZero(ByteBuffer data) {
        for (int i = 0; i < SECTOR; i += Long.BYTES) {
            if (data.getLong(data.position() + i) != 0) {
                return false;
            }
        }
        return true;
    }

    private void repeat(long offset, long length, ByteBuffer sector) throws IOException {
        ByteBuffer pattern = ByteBuffer.allocateDirect((int) Math.min(length, LARGEST_PATTERN));
        for (int i = 0; i < pattern.capacity(); i += SECTOR) {
            pattern.put(i, sector, 0, SECTOR);
        }
        for (long done = 0; done < length; done += pattern.limit()) {
            pattern.clear().limit((int) Math.min(pattern.capacity(), length - done));
            store.write(offset + done, pattern.duplicate());
        }
    }
}
