package io.obd.nydusimage;

import io.obd.rafs.Digester;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * The hash tree of dm-verity without a super block and without salt: SHA-256 of each block of data, of each page of hashes,
 * and so on until there is one page. The uppermost level comes first.
 */
final class HashTree {
    private static final int PAGE = 4096;

    private final FileChannel disk;
    private final int blockSize;
    private final long blocks;

    /**
     * @param blockSize bytes of a block of data
     * @param blocks how many are covered, from the beginning of the disk
     */
    HashTree(FileChannel disk, int blockSize, long blocks) {
        this.disk = disk;
        this.blockSize = blockSize;
        this.blocks = blocks;
    }

    /** Where the tree begins: behind the data. */
    long offset() {
        return Math.ceilDiv(blocks * blockSize, PAGE) * (long) PAGE;
    }

    /** Hashes the data, writes the tree behind it and gives the hash of its first page, or of the only block, as hex. */
    String write() throws IOException {
        List<Long> levels = levels();
        long from = 0;
        int size = blockSize;
        long count = blocks;
        ByteBuffer root = ByteBuffer.allocate(0);
        for (long at : levels) {
            root = writeLevel(from, size, count, at);
            from = at;
            size = PAGE;
            count = pages(count);
        }
        return HexFormat.of()
                .formatHex(
                        levels.isEmpty()
                                ? hash(0, blockSize)
                                : Digester.SHA256.digest(root).toBytes());
    }

    /** Where each level begins, the one of the data's hashes first. */
    private List<Long> levels() {
        List<Long> sizes = new ArrayList<>();
        for (long count = blocks; count > 1; count = pages(count)) {
            sizes.add(pages(count) * PAGE);
        }
        long end = offset() + sizes.stream().mapToLong(Long::longValue).sum();
        List<Long> levels = new ArrayList<>();
        for (long levelSize : sizes) {
            end -= levelSize;
            levels.add(end);
        }
        return levels;
    }

    private static long pages(long hashes) {
        return Math.ceilDiv(hashes * Digester.LENGTH, PAGE);
    }

    /** Writes the hashes of so many pieces, and gives the last page of them, which is the only one in the end. */
    private ByteBuffer writeLevel(long from, int size, long count, long at) throws IOException {
        ByteBuffer page = ByteBuffer.allocate(PAGE);
        long position = at;
        for (long i = 0; i < count; i++) {
            page.put(hash(from + i * size, size));
            if (!page.hasRemaining() || i == count - 1) {
                page.clear();
                writePage(page, position);
                position += PAGE;
                if (i < count - 1) {
                    page = ByteBuffer.allocate(PAGE);
                }
            }
        }
        return page.clear();
    }

    private void writePage(ByteBuffer page, long at) throws IOException {
        ByteBuffer rest = page.duplicate();
        while (rest.hasRemaining()) {
            disk.write(rest, at + rest.position());
        }
    }

    private byte[] hash(long at, int size) throws IOException {
        ByteBuffer data = ByteBuffer.allocate(size);
        while (data.hasRemaining()) {
            if (disk.read(data, at + data.position()) < 0) {
                throw new IOException("the disk ends at byte " + (at + data.position()) + " while it is hashed");
            }
        }
        return Digester.SHA256.digest(data.flip()).toBytes();
    }
}
