package io.obd.fs;

import io.obd.block.AbsentDataException;
import io.obd.block.BlockStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import jnr.ffi.Pointer;

/**
 * The metadata of a file system on its way to the store: the library writes the block of an inode table or a bitmap
 * again for each inode in it, the store sees it once.
 *
 * <p>Holds at most {@value #LIMIT} pages of {@value #PAGE} bytes, the least recently used one goes first; that is
 * the inodes of a hundred thousand files. File data does not pass here. A page
 * that ends up as the store already has it is not written, so that a layer holds only what it changed.
 */
final class BlockCache {
    static final int PAGE = 4096;
    private static final int LIMIT = 8 << 10;
    private static final int RUN = 1 << 20;

    private static final class Page {
        final byte[] bytes = new byte[PAGE];
        boolean dirty;
    }

    private final BlockStore store;
    private final LinkedHashMap<Long, Page> pages = new LinkedHashMap<>(1024, 0.75f, true);
    private final ByteBuffer transfer = ByteBuffer.allocateDirect(PAGE);
    private final ByteBuffer run = ByteBuffer.allocateDirect(RUN);
    private long runStart;

    BlockCache(BlockStore store) {
        this.store = store;
    }

    void read(long offset, Pointer dst, int length) throws IOException {
        for (int done = 0; done < length; ) {
            int within = (int) ((offset + done) % PAGE);
            int n = Math.min(length - done, PAGE - within);
            dst.put(done, page((offset + done) / PAGE).bytes, within, n);
            done += n;
        }
    }

    void write(long offset, Pointer src, int length) throws IOException {
        for (int done = 0; done < length; ) {
            int within = (int) ((offset + done) % PAGE);
            int n = Math.min(length - done, PAGE - within);
            long index = (offset + done) / PAGE;
            Page page = n == PAGE ? pageToFill(index) : page(index);
            src.get(done, page.bytes, within, n);
            page.dirty = true;
            done += n;
        }
    }

    /** Copies {@code dst.length} bytes from {@code offset} on. */
    void read(long offset, byte[] dst) throws IOException {
        for (int done = 0; done < dst.length; ) {
            int within = (int) ((offset + done) % PAGE);
            int n = Math.min(dst.length - done, PAGE - within);
            System.arraycopy(page((offset + done) / PAGE).bytes, within, dst, done, n);
            done += n;
        }
    }

    /** Takes in bytes that belong at {@code offset}. */
    void write(long offset, byte[] src, int from, int length) throws IOException {
        for (int done = 0; done < length; ) {
            int within = (int) ((offset + done) % PAGE);
            int n = Math.min(length - done, PAGE - within);
            long index = (offset + done) / PAGE;
            Page page = n == PAGE ? pageToFill(index) : page(index);
            System.arraycopy(src, from + done, page.bytes, within, n);
            page.dirty = true;
            done += n;
        }
    }

    void writeZeros(long offset, long length) throws IOException {
        for (long done = 0; done < length; ) {
            int within = (int) ((offset + done) % PAGE);
            int n = (int) Math.min(length - done, PAGE - within);
            long index = (offset + done) / PAGE;
            Page page = n == PAGE ? pageToFill(index) : page(index);
            Arrays.fill(page.bytes, within, within + n, (byte) 0);
            page.dirty = true;
            done += n;
        }
    }

    /** Forgets pages that are about to be written past the cache. */
    void drop(long offset, long length) {
        for (long index = offset / PAGE; index < (offset + length + PAGE - 1) / PAGE; index++) {
            pages.remove(index);
        }
    }

    /** Writes what changed, in ascending order. */
    void flush() throws IOException {
        long[] dirty = pages.entrySet().stream()
                .filter(e -> e.getValue().dirty)
                .mapToLong(Map.Entry::getKey)
                .sorted()
                .toArray();
        for (long index : dirty) {
            Page page = pages.get(index);
            if (page != null && differsFromStore(index, page.bytes)) {
                append(index, page.bytes);
            }
        }
        writeRun();
        pages.values().forEach(page -> page.dirty = false);
    }

    private Page page(long index) throws IOException {
        Page page = pages.get(index);
        if (page == null) {
            page = pageToFill(index);
            if (canRead(index)) {
                transfer.get(page.bytes, 0, transfer.remaining());
            }
        }
        return page;
    }

    private Page pageToFill(long index) throws IOException {
        Page page = pages.get(index);
        if (page == null) {
            evict();
            page = new Page();
            pages.put(index, page);
        }
        return page;
    }

    private void evict() throws IOException {
        if (pages.size() < LIMIT) {
            return;
        }
        Map.Entry<Long, Page> eldest = pages.firstEntry();
        if (eldest.getValue().dirty && differsFromStore(eldest.getKey(), eldest.getValue().bytes)) {
            append(eldest.getKey(), eldest.getValue().bytes);
            writeRun();
        }
        pages.remove(eldest.getKey());
    }

    private boolean differsFromStore(long index, byte[] bytes) throws IOException {
        return !canRead(index) || !transfer.equals(ByteBuffer.wrap(bytes, 0, transfer.remaining()));
    }

    /**
     * Fills the transfer buffer, unless the page had the data of a file that is somewhere else: the block was freed, and what
     * was in it does not matter.
     */
    private boolean canRead(long index) throws IOException {
        try {
            readStore(index);
            return true;
        } catch (AbsentDataException e) {
            return false;
        }
    }

    /** Fills the transfer buffer with a page, or what there is of the one at the end of the store. */
    private void readStore(long index) throws IOException {
        transfer.clear().limit(lengthOf(index));
        store.read(index * PAGE, transfer);
        transfer.flip();
    }

    private int lengthOf(long index) throws IOException {
        long length = Math.min(PAGE, store.size() - index * PAGE);
        if (length <= 0) {
            throw new Ext4Exception("byte " + index * PAGE + " is behind the end of the device of " + store.size());
        }
        return (int) length;
    }

    private void append(long index, byte[] bytes) throws IOException {
        if (run.position() > 0 && (runStart + run.position() != index * PAGE || run.remaining() < PAGE)) {
            writeRun();
        }
        if (run.position() == 0) {
            runStart = index * PAGE;
        }
        run.put(bytes, 0, lengthOf(index));
    }

    private void writeRun() throws IOException {
        if (run.position() > 0) {
            run.flip();
            store.write(runStart, run);
            run.clear();
        }
    }
}
