package io.obd.nydusd.data;

import io.obd.block.CorruptBlobException;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The map of a cache file, shared by all processes that use the file: each sees what the others have fetched. Two that
 * set bits of the same byte at once may lose one of them, and fetch that chunk again.
 */
final class ChunkMap implements Closeable {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final FileChannel file;
    private final Arena arena;
    private final MemorySegment map;
    private final boolean complete;

    private ChunkMap(FileChannel file, Arena arena, MemorySegment map) {
        this.file = file;
        this.arena = arena;
        this.map = map;
        this.complete = map.get(INT, ChunkMapLayout.ALL_READY) == ChunkMapLayout.ALL_READY_VALUE;
    }

    /**
     * Opens the map of a blob, or makes an empty one.
     *
     * @throws CorruptBlobException if the file is the map of something else
     */
    static ChunkMap open(Path file, int chunks) throws IOException {
        FileChannel channel =
                FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
        Arena arena = Arena.ofShared();
        try (FileLock _ = CacheLock.take(file, channel, CacheLock.LIMIT)) {
            long size = ChunkMapLayout.size(chunks);
            if (channel.size() == 0) {
                make(file, channel, (int) size);
            } else if (channel.size() != size) {
                throw new CorruptBlobException(
                        file.toString(),
                        channel.size(),
                        "the map of " + chunks + " chunks has " + size + " bytes: remove it with the files beside it");
            }
            MemorySegment map = channel.map(MapMode.READ_ONLY, 0, size, arena);
            check(file, map);
            return new ChunkMap(channel, arena, map);
        } catch (IOException e) {
            arena.close();
            channel.close();
            throw e;
        }
    }

    /** Every byte is written: reading a hole of a mapping may need space, and a full disk is an error here only. */
    private static void make(Path file, FileChannel channel, int size) throws IOException {
        ByteBuffer empty = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
        empty.putInt(ChunkMapLayout.MAGIC, ChunkMapLayout.MAGIC_VALUE)
                .putInt(ChunkMapLayout.VERSION, ChunkMapLayout.VERSION_VALUE)
                .putInt(ChunkMapLayout.SECOND_MAGIC, ChunkMapLayout.SECOND_MAGIC_VALUE);
        try {
            while (empty.hasRemaining()) {
                channel.write(empty, empty.position());
            }
        } catch (IOException e) {
            Files.deleteIfExists(file);
            throw new IOException("cannot make " + file, e);
        }
    }

    private static void check(Path file, MemorySegment map) throws CorruptBlobException {
        boolean known = map.get(INT, ChunkMapLayout.MAGIC) == ChunkMapLayout.MAGIC_VALUE
                && map.get(INT, ChunkMapLayout.VERSION) == ChunkMapLayout.VERSION_VALUE
                && map.get(INT, ChunkMapLayout.SECOND_MAGIC) == ChunkMapLayout.SECOND_MAGIC_VALUE;
        if (!known) {
            throw new CorruptBlobException(
                    file.toString(), 0, "no map of chunks of version 1: remove it with the files beside it");
        }
    }

    boolean has(int chunk) {
        try {
            return complete
                    || (map.get(ValueLayout.JAVA_BYTE, ChunkMapLayout.at(chunk)) & ChunkMapLayout.bit(chunk)) != 0;
        } catch (InternalError e) {
            return false; // the disk does not give the page of the map
        }
    }

    /**
     * Tells the others, and the next run.
     *
     * @param there whether the chunk is in the data file, on the disk
     */
    synchronized void set(int chunk, boolean there) throws IOException {
        long at = ChunkMapLayout.at(chunk);
        ByteBuffer bits = ByteBuffer.allocate(1);
        int known = file.read(bits, at) == 1 ? bits.get(0) : 0;
        int changed = there ? known | ChunkMapLayout.bit(chunk) : known & ~ChunkMapLayout.bit(chunk);
        // Not by the mapping: without space that would be no exception but a signal.
        file.write(ByteBuffer.allocate(1).put(0, (byte) changed), at);
    }

    @Override
    public void close() throws IOException {
        arena.close();
        file.close();
    }
}
