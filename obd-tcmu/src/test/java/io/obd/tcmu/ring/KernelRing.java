package io.obd.tcmu.ring;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The kernel's side of a ring, for tests. The offsets are written out here, not taken from the code that is tested.
 */
public final class KernelRing {
    /** Where the ring is. */
    public static final int RING = 128;

    /** Its length. */
    public static final int RING_LENGTH = 1024;

    /** Where there is room for data. */
    public static final int DATA = 4096;

    /** Length of all the memory. */
    public static final int LENGTH = 8192;

    private final MemorySegment memory;
    private int head;

    /** Writes the mailbox of an empty ring. */
    public KernelRing(MemorySegment memory) {
        this.memory = memory;
        memory.set(ValueLayout.JAVA_SHORT, 0, (short) 2);
        memory.set(ValueLayout.JAVA_SHORT, 2, (short) 1);
        memory.set(ValueLayout.JAVA_INT, 4, RING);
        memory.set(ValueLayout.JAVA_INT, 8, RING_LENGTH);
    }

    /** Puts a command into the ring; the ranges are offset and length in turn. */
    public void command(int id, byte[] block, long... ranges) {
        int at = RING + head;
        int size = Math.max(112, 48 + 8 * ranges.length) + 16;
        memory.set(ValueLayout.JAVA_INT, at, size | 1);
        memory.set(ValueLayout.JAVA_SHORT, at + 4, (short) id);
        memory.set(ValueLayout.JAVA_SHORT, at + 6, (short) 0);
        memory.set(ValueLayout.JAVA_INT, at + 8, ranges.length / 2);
        memory.set(ValueLayout.JAVA_INT, at + 12, 0);
        memory.set(ValueLayout.JAVA_LONG, at + 24, at + size - 16);
        for (int i = 0; i < ranges.length; i++) {
            memory.set(ValueLayout.JAVA_LONG, at + 48 + 8L * i, ranges[i]);
        }
        MemorySegment.copy(block, 0, memory, ValueLayout.JAVA_BYTE, at + size - 16, block.length);
        publish(size);
    }

    /** Puts padding into the ring. */
    public void pad(int size) {
        entry(size, 0);
    }

    /** Puts an entry of some kind into the ring. */
    public void entry(int size, int kind) {
        memory.set(ValueLayout.JAVA_INT, RING + head, size | kind);
        publish(size);
    }

    private void publish(int size) {
        head = (head + size) % RING_LENGTH;
        ValueLayout.JAVA_INT.varHandle().setRelease(memory, 12L, head);
    }

    /** Where the next entry goes. */
    public int head() {
        return head;
    }

    /** Behind the last entry that was answered. */
    public int tail() {
        return (int) ValueLayout.JAVA_INT.varHandle().getAcquire(memory, 64L);
    }

    /** Which command the answer in an entry is to. */
    public int answeredId(int entry) {
        return Short.toUnsignedInt(memory.get(ValueLayout.JAVA_SHORT, RING + entry + 4));
    }

    /** The status of the answer in an entry. */
    public int status(int entry) {
        return memory.get(ValueLayout.JAVA_BYTE, RING + entry + 8);
    }

    /** The sense key of the answer in an entry. */
    public int senseKey(int entry) {
        return memory.get(ValueLayout.JAVA_BYTE, RING + entry + 16 + 2);
    }
}
