package io.obd.fs;

import io.obd.fs.tar.TarEntry.Segment;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Writes the content of a regular file into blocks allocated as it comes. */
final class FileWriter {
    private final Filsys filsys;
    private final DataPlacements placements;

    FileWriter(Filsys filsys, DataPlacements placements) {
        this.filsys = filsys;
        this.placements = placements;
    }

    /** Fills a new regular file and writes its inode. */
    void write(int number, Inode inode, FileContent content) throws IOException {
        int blockSize = filsys.blockSize();
        inode.size(content.size());
        List<Extent> extents = new ArrayList<>();
        DataPlacements.Placement placement = placements.of(content);
        for (Segment blocks : content.blocks(blockSize)) {
            long end = blocks.offset() + blocks.length();
            placement.begin(blocks.offset() * blockSize);
            for (long block = blocks.offset(); block < end; ) {
                Extent run = filsys.allocateBlocks(block, end - block);
                placement.place(run.physical() * blockSize, (long) run.count() * blockSize);
                append(extents, run);
                block += run.count();
            }
        }
        if (extents.isEmpty()) {
            filsys.writeInode(number, inode);
        } else {
            filsys.setExtents(number, inode, extents);
        }
    }

    private static void append(List<Extent> extents, Extent run) {
        if (!extents.isEmpty()) {
            Extent last = extents.getLast();
            if (last.logical() + last.count() == run.logical()
                    && last.physical() + last.count() == run.physical()
                    && last.count() + run.count() <= Extent.MAX_COUNT) {
                extents.set(
                        extents.size() - 1, new Extent(last.logical(), last.physical(), last.count() + run.count()));
                return;
            }
        }
        extents.add(run);
    }
}
