package io.obd.tcmu.ring;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The commands of one device, in memory shared with the kernel. One thread takes them; any thread answers them, in any
 * order.
 *
 * <p>The kernel writes entries and then moves the head (release), which is read here with acquire. Answers are written
 * over the entry at the tail, whichever command that was: the id tells the kernel. So there are always at least as many
 * entries taken as answered, and what is needed of an entry is copied when it is taken. The tail is moved with release.
 */
public final class CommandRing {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final VarHandle COUNTER = INT.varHandle();

    private static final int LONGEST_COMMAND_BLOCK = 260;

    /** No transfer is longer, by far: who works on a command counts its bytes with an int. */
    private static final long MAX_DATA = 1 << 30;

    private final MemorySegment memory;
    private final long start;
    private final int length;
    private final ReentrantLock answering = new ReentrantLock();
    private int next;

    private CommandRing(MemorySegment memory, long start, int length) throws BrokenRingException {
        this.memory = memory;
        this.start = start;
        this.length = length;
        this.next = position(RingLayout.TAIL);
    }

    /**
     * Looks at the mailbox.
     *
     * @param memory all that is shared, the mailbox first
     * @throws BrokenRingException if it is of another version, or describes no ring inside the memory
     */
    public static CommandRing of(MemorySegment memory) throws BrokenRingException {
        if (memory.byteSize() < RingLayout.MAILBOX_LENGTH) {
            throw new BrokenRingException("the memory has only " + memory.byteSize() + " bytes");
        }
        int version = Short.toUnsignedInt(memory.get(SHORT, RingLayout.VERSION));
        int flags = Short.toUnsignedInt(memory.get(SHORT, RingLayout.FLAGS));
        if (version != RingLayout.SUPPORTED_VERSION || (flags & RingLayout.FLAG_OUT_OF_ORDER) == 0) {
            throw new BrokenRingException("version " + version + " with flags " + flags + " is not supported");
        }
        long start = Integer.toUnsignedLong(memory.get(INT, RingLayout.RING_OFFSET));
        long length = Integer.toUnsignedLong(memory.get(INT, RingLayout.RING_LENGTH));
        if (start < RingLayout.MAILBOX_LENGTH
                || start % Long.BYTES != 0
                || length % Long.BYTES != 0
                || length < RingLayout.ANSWER_END
                || length > Integer.MAX_VALUE
                || start + length > memory.byteSize()) {
            throw new BrokenRingException(
                    "at " + start + ", " + length + " bytes long, in a memory of " + memory.byteSize() + " bytes");
        }
        return new CommandRing(memory, start, (int) length);
    }

    private int position(int counter) throws BrokenRingException {
        int position = (int) COUNTER.getAcquire(memory, (long) counter);
        if (position < 0 || position >= length || position % Long.BYTES != 0) {
            throw new BrokenRingException("a counter is at " + Integer.toUnsignedString(position) + " of " + length);
        }
        return position;
    }

    /** Takes the next command; null if there is none now. Always the same thread. */
    public @Nullable RingCommand next() throws BrokenRingException {
        int passed = 0;
        while (next != position(RingLayout.HEAD)) {
            int entry = next;
            int size = entrySize(entry);
            passed = passed(passed, size);
            RingCommand command = null;
            switch (kind(entry)) {
                case RingLayout.KIND_COMMAND -> command = read(entry, size);
                case RingLayout.KIND_PAD -> {}
                default -> memory.set(BYTE, start + entry + RingLayout.OUR_FLAGS, RingLayout.FLAG_UNKNOWN_KIND);
            }
            next = (entry + size) % length;
            if (command != null) {
                return command;
            }
        }
        return null;
    }

    /** Entries without end that are no commands must not keep anybody busy for ever. */
    private int passed(int before, int size) throws BrokenRingException {
        if (before > length - size) {
            throw new BrokenRingException("no command in a whole round of " + length + " bytes");
        }
        return before + size;
    }

    private int kind(int entry) {
        return memory.get(INT, start + entry + RingLayout.LENGTH_AND_KIND) & RingLayout.KIND_MASK;
    }

    private int entrySize(int entry) throws BrokenRingException {
        int size = memory.get(INT, start + entry + RingLayout.LENGTH_AND_KIND) & ~RingLayout.KIND_MASK;
        int least = kind(entry) == RingLayout.KIND_COMMAND ? RingLayout.ANSWER_END : RingLayout.ENTRY_HEADER;
        if (size < least || size > length - entry) {
            throw new BrokenRingException("the entry at " + entry + " of " + length + " is " + size + " bytes long");
        }
        return size;
    }

    private RingCommand read(int entry, int size) throws BrokenRingException {
        long at = start + entry;
        long ranges = Integer.toUnsignedLong(memory.get(INT, at + RingLayout.RANGES));
        if (ranges > (size - RingLayout.FIRST_RANGE) / RingLayout.RANGE_LENGTH) {
            throw new BrokenRingException(ranges + " data ranges in an entry of " + size + " bytes");
        }
        long[] data = new long[2 * (int) ranges];
        long total = 0;
        for (int i = 0; i < ranges; i++) {
            long range = at + RingLayout.FIRST_RANGE + (long) i * RingLayout.RANGE_LENGTH;
            data[2 * i] = memory.get(LONG, range);
            data[2 * i + 1] = memory.get(LONG, range + RingLayout.RANGE_SIZE);
            checkInside(data[2 * i], data[2 * i + 1]);
            total += data[2 * i + 1];
            if (total > MAX_DATA) {
                throw new BrokenRingException("a command has more than " + MAX_DATA + " bytes of data");
            }
        }
        return new RingCommand(
                memory,
                Short.toUnsignedInt(memory.get(SHORT, at + RingLayout.COMMAND_ID)),
                commandBlock(memory.get(LONG, at + RingLayout.COMMAND_BLOCK)),
                memory.get(INT, at + RingLayout.BIDIRECTIONAL_RANGES) != 0,
                data);
    }

    private void checkInside(long offset, long size) throws BrokenRingException {
        if (offset < 0 || size < 0 || size > memory.byteSize() || offset > memory.byteSize() - size) {
            throw new BrokenRingException(
                    size + " bytes at " + offset + " are not inside the memory of " + memory.byteSize() + " bytes");
        }
    }

    private byte[] commandBlock(long offset) throws BrokenRingException {
        checkInside(offset, Long.BYTES);
        int size =
                switch (Byte.toUnsignedInt(memory.get(BYTE, offset)) >> 5) {
                    case 0 -> 6;
                    case 1, 2 -> 10;
                    case 3 -> 8 + Byte.toUnsignedInt(memory.get(BYTE, offset + 7));
                    case 5 -> 12;
                    default -> 16;
                };
        checkInside(offset, size);
        byte[] block = new byte[Math.min(size, LONGEST_COMMAND_BLOCK)];
        MemorySegment.copy(memory, BYTE, offset, block, 0, block.length);
        return block;
    }

    /**
     * Answers a command. The kernel learns of it when it is told that there are answers.
     *
     * @param status SCSI status
     * @param sense sense data, empty if there is none
     */
    public void answer(RingCommand command, int status, byte[] sense) throws BrokenRingException {
        answering.lock();
        try {
            int entry = position(RingLayout.TAIL);
            int passed = 0;
            while (kind(entry) != RingLayout.KIND_COMMAND) {
                int size = entrySize(entry);
                passed = passed(passed, size);
                entry = (entry + size) % length;
            }
            int size = entrySize(entry);
            long at = start + entry;
            memory.set(SHORT, at + RingLayout.COMMAND_ID, (short) command.id());
            memory.set(BYTE, at + RingLayout.OUR_FLAGS, (byte) 0);
            memory.set(LONG, at + RingLayout.STATUS, 0);
            memory.set(BYTE, at + RingLayout.STATUS, (byte) status);
            memory.asSlice(at + RingLayout.SENSE, RingLayout.SENSE_LENGTH).fill((byte) 0);
            MemorySegment.copy(
                    sense, 0, memory, BYTE, at + RingLayout.SENSE, Math.min(sense.length, RingLayout.SENSE_LENGTH));
            COUNTER.setRelease(memory, (long) RingLayout.TAIL, (entry + size) % length);
        } finally {
            answering.unlock();
        }
    }
}
