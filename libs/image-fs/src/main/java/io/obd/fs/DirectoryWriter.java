package io.obd.fs;

import io.obd.fs.tar.ByteString;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Writes a directory whole: one block of names, or an index over several. */
final class DirectoryWriter {
    /** Above it a directory has a link count of one: "not counted". */
    private static final int MAX_LINKS = 64_999;

    private final Filsys filsys;

    DirectoryWriter(Filsys filsys) {
        this.filsys = filsys;
    }

    void write(Directory directory) throws IOException {
        int number = directory.inode();
        boolean indexed = filsys.features().hasDirectoryIndex();
        List<ByteBuffer> blocks = linear(directory);
        if (blocks.size() > 1 && indexed) {
            blocks = new HtreeBuilder(filsys).build(directory);
        }
        Inode inode = filsys.readInode(number);
        inode.indexed(blocks.size() > 1 && indexed);
        int links = directory.subdirectories() + 2;
        inode.links(links > MAX_LINKS ? 1 : links);
        long size = (long) blocks.size() * filsys.blockSize();
        if (inode.size() != size) {
            if (inode.size() > 0) {
                filsys.freeBlocks(number, inode);
                inode.clearExtents();
            }
            inode.size(size);
            filsys.setExtents(number, inode, allocate(blocks.size()));
        } else {
            filsys.writeInode(number, inode);
        }
        for (int i = 0; i < blocks.size(); i++) {
            filsys.writeDirectoryBlock(number, filsys.blockOf(number, inode, i), blocks.get(i));
        }
        directory.changed(false);
    }

    private List<Extent> allocate(int count) throws IOException {
        List<Extent> extents = new ArrayList<>();
        for (int done = 0; done < count; ) {
            Extent extent = filsys.allocateBlocks(done, count - done);
            extents.add(extent);
            done += extent.count();
        }
        return extents;
    }

    private List<ByteBuffer> linear(Directory directory) {
        boolean tail = filsys.features().hasMetadataChecksums();
        List<ByteBuffer> blocks = new ArrayList<>();
        DirectoryBlock block = new DirectoryBlock(filsys.blockSize(), tail);
        block.addSelfAndParent(directory);
        for (Map.Entry<ByteString, DirectoryEntry> entry : directory.entries().entrySet()) {
            if (!block.add(entry)) {
                blocks.add(block.finish());
                block = new DirectoryBlock(filsys.blockSize(), tail);
                block.add(entry);
            }
        }
        blocks.add(block.finish());
        return blocks;
    }
}
