package io.obd.fs;

import io.obd.block.BlockStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The content of a regular file of a {@link FileSystemReader}. Not for several threads at a time. */
public final class FileData {
    private static final int BUFFER = 256 << 10;

    private final BlockStore store;
    private final long size;
    private final List<FileExtent> extents;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER);
    private int current;

    /** @param runs ascending, apart from each other, and not behind the end */
    FileData(BlockStore store, long size, List<FileExtent> runs) {
        this.store = store;
        this.size = size;
        this.extents = joined(runs);
    }

    /** One whose runs are blocks of the disk, possibly behind the end too. */
    static FileData ofBlocks(BlockStore store, long size, List<Extent> blocks, int blockSize) {
        List<FileExtent> runs = new ArrayList<>();
        for (Extent run : blocks) {
            long offset = run.logical() * blockSize;
            long length = Math.min((long) run.count() * blockSize, size - offset);
            if (length <= 0) {
                break;
            }
            runs.add(new FileExtent(offset, run.physical() * blockSize, length));
        }
        return new FileData(store, size, runs);
    }

    /** Neighbours made one. */
    private static List<FileExtent> joined(List<FileExtent> runs) {
        List<FileExtent> joined = new ArrayList<>();
        for (FileExtent run : runs) {
            FileExtent last = joined.isEmpty() ? null : joined.getLast();
            if (last != null && last.end() == run.offset() && last.position() + last.length() == run.position()) {
                joined.set(
                        joined.size() - 1,
                        new FileExtent(last.offset(), last.position(), last.length() + run.length()));
            } else {
                joined.add(run);
            }
        }
        return List.copyOf(joined);
    }

    /** Length in bytes. */
    public long size() {
        return size;
    }

    /** The runs with data, ascending, within the size. */
    public List<FileExtent> extents() {
        return extents;
    }

    /**
     * Reads from {@code offset} on until {@code dst} is full or the file ends.
     *
     * @return the number of bytes that were read, 0 at the end of the file
     */
    public int read(long offset, ByteBuffer dst) throws IOException {
        if (offset < 0) {
            throw new IllegalArgumentException("offset " + offset);
        }
        int wanted = Math.clamp(size - offset, 0, dst.remaining());
        for (int done = 0; done < wanted; ) {
            done += readRun(offset + done, wanted - done, dst);
        }
        return wanted;
    }

    private int readRun(long offset, int length, ByteBuffer dst) throws IOException {
        FileExtent extent = at(offset);
        if (extent == null || extent.offset() > offset) {
            int zeros = extent == null ? length : (int) Math.min(length, extent.offset() - offset);
            for (int i = 0; i < zeros; i++) {
                dst.put((byte) 0);
            }
            return zeros;
        }
        long from = extent.position() + (offset - extent.offset());
        int skip = (int) (from % BlockStore.SECTOR);
        int count = (int) Math.min(Math.min(length, BUFFER - BlockStore.SECTOR), extent.end() - offset);
        int sectors = Math.ceilDiv(skip + count, BlockStore.SECTOR);
        store.read(from - skip, buffer.clear().limit(sectors * BlockStore.SECTOR));
        dst.put(buffer.limit(skip + count).position(skip));
        return count;
    }

    /** The extent that holds the byte, or the next one, or null. Readers go forward: it is near the last one. */
    private @Nullable FileExtent at(long offset) {
        if (current >= extents.size()
                || (current > 0 && extents.get(current - 1).end() > offset)) {
            current = 0;
        }
        while (current < extents.size() && extents.get(current).end() <= offset) {
            current++;
        }
        return current == extents.size() ? null : extents.get(current);
    }
}
