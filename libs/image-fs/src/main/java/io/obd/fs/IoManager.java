package io.obd.fs;

import io.obd.fs.LibExt2fs.BlockSizeCallback;
import io.obd.fs.LibExt2fs.ChannelCallback;
import io.obd.fs.LibExt2fs.OpenCallback;
import io.obd.fs.LibExt2fs.TransferCallback;
import io.obd.fs.LibExt2fs.ZeroCallback;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import org.jspecify.annotations.Nullable;

/**
 * An {@code io_manager} of libext2fs over a {@link BlockCache}: the library reaches the disk through these calls.
 *
 * <p>An exception must not cross the library's frames. It is kept, the library gets EIO, and whoever called the
 * library takes it with {@link #takeFailure()} and throws it as the cause.
 */
final class IoManager {
    private static final long EIO = 5;
    private static final String NAME = "store";

    private final BlockCache cache;
    private final Pointer manager;
    private final Pointer channel;
    private final Pointer name;

    // The library keeps only addresses: these fields keep the callbacks alive.
    private final OpenCallback open = (path, flags, result) -> open(result);
    private final ChannelCallback done = opened -> 0;
    private final BlockSizeCallback setBlockSize = (opened, size) -> setBlockSize(size);
    private final TransferCallback read = (opened, block, count, data) -> transfer(false, block, count, data);
    private final TransferCallback write = (opened, block, count, data) -> transfer(true, block, count, data);

    // Without it the library writes zeros from one buffer for all its callers, which another thread may just free.
    private final ZeroCallback zeroOut = (opened, block, count) -> zeroOut(block, count);

    private int blockSize = 1024;
    private @Nullable Throwable failure;

    IoManager(BlockCache cache, Runtime runtime) {
        this.cache = cache;
        manager = Memory.allocateDirect(runtime, IoManagerLayout.MANAGER_LENGTH, true);
        channel = Memory.allocateDirect(runtime, IoManagerLayout.CHANNEL_LENGTH, true);
        name = Memory.allocateDirect(runtime, NAME.length() + 1, true);
        name.putString(0, NAME, NAME.length() + 1, StandardCharsets.US_ASCII);
        manager.putLong(0, IoManagerLayout.MANAGER_MAGIC);
        manager.putPointer(IoManagerLayout.MANAGER_NAME, name);
        put(runtime, IoManagerLayout.OPEN, OpenCallback.class, open);
        put(runtime, IoManagerLayout.CLOSE, ChannelCallback.class, done);
        put(runtime, IoManagerLayout.FLUSH, ChannelCallback.class, done);
        put(runtime, IoManagerLayout.SET_BLOCK_SIZE, BlockSizeCallback.class, setBlockSize);
        // The older pair takes an unsigned long, which is the same on 64-bit machines.
        put(runtime, IoManagerLayout.READ_BLOCK, TransferCallback.class, read);
        put(runtime, IoManagerLayout.WRITE_BLOCK, TransferCallback.class, write);
        put(runtime, IoManagerLayout.READ_BLOCK_64, TransferCallback.class, read);
        put(runtime, IoManagerLayout.WRITE_BLOCK_64, TransferCallback.class, write);
        put(runtime, IoManagerLayout.ZERO_OUT, ZeroCallback.class, zeroOut);
    }

    /** Address of the {@code struct struct_io_manager}. */
    Pointer address() {
        return manager;
    }

    boolean hasFailed() {
        return failure != null;
    }

    /** What the last call of the library failed with, if it failed here. */
    @Nullable
    Throwable takeFailure() {
        Throwable taken = failure;
        failure = null;
        return taken;
    }

    private <T> void put(Runtime runtime, int offset, Class<T> type, T callback) {
        manager.putPointer(offset, runtime.getClosureManager().getClosurePointer(type, callback));
    }

    private long open(Pointer result) {
        channel.putLong(0, IoManagerLayout.CHANNEL_MAGIC);
        channel.putPointer(IoManagerLayout.MANAGER, manager);
        channel.putPointer(IoManagerLayout.CHANNEL_NAME, name);
        channel.putInt(IoManagerLayout.REFERENCES, 1);
        setBlockSize(blockSize);
        result.putPointer(0, channel);
        return 0;
    }

    private long setBlockSize(int size) {
        blockSize = size;
        channel.putInt(IoManagerLayout.BLOCK_SIZE, size);
        return 0;
    }

    private long transfer(boolean toStore, long block, int count, Pointer data) {
        return guarded(() -> {
            int length = count < 0 ? Math.negateExact(count) : Math.multiplyExact(count, blockSize);
            long offset = Math.multiplyExact(block, (long) blockSize);
            if (toStore) {
                cache.write(offset, data, length);
            } else {
                cache.read(offset, data, length);
            }
        });
    }

    private long zeroOut(long block, long count) {
        return guarded(() -> cache.writeZeros(
                Math.multiplyExact(block, (long) blockSize), Math.multiplyExact(count, (long) blockSize)));
    }

    private interface Access {
        void run() throws IOException;
    }

    @SuppressWarnings("CatchingUnchecked") // nothing may be thrown into the library
    private long guarded(Access access) {
        try {
            access.run();
            return 0;
        } catch (IOException | RuntimeException | Error e) {
            if (failure == null) {
                failure = e;
            }
            return EIO;
        }
    }
}
