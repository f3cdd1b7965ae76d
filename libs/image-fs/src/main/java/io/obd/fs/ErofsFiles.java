package io.obd.fs;

import io.obd.block.MappingStore;
import io.obd.fs.tar.ByteString;
import io.obd.fs.tar.TarEntry.Segment;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

/** Writes the inodes of what is no directory. The data of a file is in blocks in a row, or if it has long holes in chunks. */
final class ErofsFiles {
    private static final int BLOCK = ErofsVolume.BLOCK;

    /** Blocks of a hole that are worth a list of chunks. */
    private static final int LONG_HOLE = 256;

    private static final int MAX_CHUNKS = 1 << 16;
    private static final byte[] NOTHING = new byte[0];

    private final ErofsVolume volume;
    private final DataWriter data;
    private final DataPlacements placements;

    ErofsFiles(ErofsVolume volume) {
        this.volume = volume;
        data = new DataWriter(volume.store(), volume.cache());
        placements = new DataPlacements(data);
    }

    void referTo(MappingStore store) {
        placements.referTo(store);
    }

    void flush() throws IOException {
        data.flush();
    }

    /** @return byte position of the inode, as of all that follow */
    long createFile(Attributes attributes, FileContent content) throws IOException {
        ErofsInode inode = ErofsInode.create(FileType.REGULAR, attributes, volume.addInode());
        inode.size(content.size());
        List<Segment> filled = content.blocks(BLOCK);
        long blocks = Math.ceilDiv(content.size(), (long) BLOCK);
        long holes = blocks - filled.stream().mapToLong(Segment::length).sum();
        if (holes >= LONG_HOLE) {
            return write(inode, attributes, chunks(inode, content, filled, blocks));
        }
        if (blocks > 0) {
            long first = volume.allocateBlocks(blocks);
            inode.union((int) first);
            DataPlacements.Placement placement = placements.of(content);
            for (Segment run : filled) {
                placement.begin(run.offset() * BLOCK);
                placement.place((first + run.offset()) * BLOCK, run.length() * BLOCK);
            }
        }
        return write(inode, attributes, NOTHING);
    }

    /** Fills the chunks that have data; the list of all. */
    private byte[] chunks(ErofsInode inode, FileContent content, List<Segment> filled, long blocks) throws IOException {
        int bits = 0;
        while (Math.ceilDiv(blocks, 1L << bits) > MAX_CHUNKS) {
            bits++;
        }
        volume.useChunks();
        inode.layout(ErofsInodeLayout.CHUNKS);
        inode.union(bits);
        int[] chunks = new int[(int) Math.ceilDiv(blocks, 1L << bits)];
        Arrays.fill(chunks, ErofsInodeLayout.NO_BLOCK);
        DataPlacements.Placement placement = placements.of(content);
        for (Segment run : filled) {
            long end = run.offset() + run.length();
            for (long block = run.offset(); block < end; ) {
                int chunk = (int) (block >> bits);
                long first = (long) chunk << bits;
                long behind = Math.min(first + (1L << bits), blocks);
                if (chunks[chunk] == ErofsInodeLayout.NO_BLOCK) {
                    chunks[chunk] = (int) volume.allocateBlocks(behind - first);
                }
                long length = Math.min(behind, end) - block;
                placement.begin(block * BLOCK);
                placement.place((Integer.toUnsignedLong(chunks[chunk]) + block - first) * BLOCK, length * BLOCK);
                block += length;
            }
        }
        ByteBuffer list = ByteBuffer.allocate(chunks.length * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        list.asIntBuffer().put(chunks);
        return list.array();
    }

    long createSymlink(Attributes attributes, ByteString target) throws IOException {
        ErofsInode inode = ErofsInode.create(FileType.SYMLINK, attributes, volume.addInode());
        inode.size(target.length());
        int head = inode.length() + ErofsXattrs.encode(attributes.extended()).length;
        if (head + target.length() <= BLOCK) {
            inode.layout(ErofsInodeLayout.INLINE);
            return write(inode, attributes, target.toBytes());
        }
        long block = volume.allocateBlocks(1);
        inode.union((int) block);
        volume.write(block * BLOCK, target.toBytes());
        return write(inode, attributes, NOTHING);
    }

    long createSpecial(FileType type, Attributes attributes, int major, int minor) throws IOException {
        ErofsInode inode = ErofsInode.create(type, attributes, volume.addInode());
        if (type != FileType.FIFO) {
            inode.union((minor & 0xFF) | major << 8 | (minor & ~0xFF) << 12);
        }
        return write(inode, attributes, NOTHING);
    }

    /** Writes a new inode, its attributes, and what else follows it. */
    private long write(ErofsInode inode, Attributes attributes, byte[] behind) throws IOException {
        byte[] xattrs = ErofsXattrs.encode(attributes.extended());
        inode.xattrLength(xattrs.length);
        long position = volume.allocateInode(inode.length() + xattrs.length + behind.length);
        volume.write(position, inode.bytes());
        volume.write(position + inode.length(), xattrs);
        volume.write(position + inode.length() + xattrs.length, behind);
        return position;
    }
}
