package io.obd.nydusd.data;

import io.obd.block.CorruptBlobException;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The map of a cache file, shared by all processes that use the file: each sees what the others have fetched. Two that
 * set bits of the same byte at once may lose one of them, and fetch that chunk again.
 */
final class ChunkMap implements Closeable {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Arena arena;
    private final MemorySegment map;
    private final boolean complete;

    private ChunkMap(Arena arena, MemorySegment map) {
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
        long size = ChunkMapLayout.size(chunks);
        try (FileChannel channel = FileChannel.open(
                        file, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
                FileLock _ = channel.lock()) {
            boolean made = channel.size() == 0;
            if (!made && channel.size() != size) {
                throw new CorruptBlobException(
                        file.toString(),
                        channel.size(),
                        "the map of " + chunks + " chunks has " + size + " bytes: remove it with the files beside it");
            }
            Arena arena = Arena.ofShared();
            try {
                MemorySegment map = channel.map(MapMode.READ_WRITE, 0, size, arena);
                if (made) {
                    map.set(INT, ChunkMapLayout.VERSION, ChunkMapLayout.VERSION_VALUE);
                    map.set(INT, ChunkMapLayout.SECOND_MAGIC, ChunkMapLayout.SECOND_MAGIC_VALUE);
                    map.set(INT, ChunkMapLayout.MAGIC, ChunkMapLayout.MAGIC_VALUE);
                }
                check(file, map);
                return new ChunkMap(arena, map);
            } catch (IOException e) {
                arena.close();
                throw e;
            }
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
        return complete || (map.get(ValueLayout.JAVA_BYTE, ChunkMapLayout.at(chunk)) & ChunkMapLayout.bit(chunk)) != 0;
    }

    /** @param there whether the chunk is in the data file, on the disk */
    synchronized void set(int chunk, boolean there) {
        long at = ChunkMapLayout.at(chunk);
        int bits = map.get(ValueLayout.JAVA_BYTE, at);
        int changed = there ? bits | ChunkMapLayout.bit(chunk) : bits & ~ChunkMapLayout.bit(chunk);
        map.set(ValueLayout.JAVA_BYTE, at, (byte) changed);
    }

    @Override
    public void close() {
        arena.close();
    }
}
