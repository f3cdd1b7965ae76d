package io.obd.linux;

import java.io.Closeable;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Memory shared with the driver of a device: the device file mapped from its start. Who still uses the memory after
 * {@link #close} gets an IllegalStateException, not a crash.
 */
public final class SharedMapping implements Closeable {
    private static final int PROT_READ = 1;
    private static final int PROT_WRITE = 2;
    private static final int MAP_SHARED = 1;
    private static final long MAP_FAILED = -1;

    private final Arena arena;
    private final MemorySegment memory;

    private SharedMapping(Arena arena, MemorySegment memory) {
        this.arena = arena;
        this.memory = memory;
    }

    /** Maps the first {@code length} bytes of a device for reading and writing. */
    @SuppressWarnings("restricted") // the address and the length are those of the mapping made here
    public static SharedMapping of(RawFile device, long length) throws ErrnoException {
        long address = LibC.processes().mmap(null, length, PROT_READ | PROT_WRITE, MAP_SHARED, device.fd(), 0);
        if (address == MAP_FAILED) {
            throw LibC.failure("mmap of " + length + " bytes of " + device);
        }
        Arena arena = Arena.ofShared();
        MemorySegment memory = MemorySegment.ofAddress(address)
                .reinterpret(length, arena, segment -> LibC.processes().munmap(segment.address(), length));
        return new SharedMapping(arena, memory);
    }

    /** The memory. */
    public MemorySegment memory() {
        return memory;
    }

    @Override
    public void close() {
        arena.close();
    }
}
