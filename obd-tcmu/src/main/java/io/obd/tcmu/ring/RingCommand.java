package io.obd.tcmu.ring;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/** A command taken from the ring: a copy of its command block, and where in the shared memory its data is. */
public final class RingCommand {
    private final MemorySegment memory;
    private final int id;
    private final byte[] block;
    private final boolean bidirectional;
    private final long[] ranges;
    private final long dataLength;

    /** @param ranges offset and length of each range, checked to be inside the memory */
    RingCommand(MemorySegment memory, int id, byte[] block, boolean bidirectional, long[] ranges) {
        this.memory = memory;
        this.id = id;
        this.block = block;
        this.bidirectional = bidirectional;
        this.ranges = ranges;
        long length = 0;
        for (int i = 1; i < ranges.length; i += 2) {
            length += ranges[i];
        }
        this.dataLength = length;
    }

    /** The kernel's number for it; used again after the answer. */
    public int id() {
        return id;
    }

    /** The SCSI command descriptor block. */
    public byte[] block() {
        return block;
    }

    /** Whether it has data for both directions. */
    public boolean isBidirectional() {
        return bidirectional;
    }

    /** Bytes of data. */
    public long dataLength() {
        return dataLength;
    }

    /** Copies the data that came with the command to the buffer's position on. */
    public void copyTo(ByteBuffer buffer) {
        MemorySegment target = MemorySegment.ofBuffer(buffer);
        long copied = 0;
        for (int i = 0; i < ranges.length; i += 2) {
            MemorySegment.copy(memory, ranges[i], target, copied, ranges[i + 1]);
            copied += ranges[i + 1];
        }
    }

    /** Fills the data with the remaining bytes of a buffer, and zeros behind them. */
    public void copyFrom(ByteBuffer buffer) {
        MemorySegment source = MemorySegment.ofBuffer(buffer);
        long copied = 0;
        for (int i = 0; i < ranges.length; i += 2) {
            long length = Math.min(ranges[i + 1], source.byteSize() - copied);
            MemorySegment.copy(source, copied, memory, ranges[i], length);
            memory.asSlice(ranges[i] + length, ranges[i + 1] - length).fill((byte) 0);
            copied += length;
        }
    }
}
