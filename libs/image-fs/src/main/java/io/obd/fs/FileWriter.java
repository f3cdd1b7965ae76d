package io.obd.fs;

import io.obd.block.MappingStore;
import io.obd.fs.tar.TarEntry.Segment;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes the content of a regular file into blocks allocated as it comes. */
final class FileWriter {
    private static final int CHUNK = 128 << 10;

    private final Filsys filsys;
    private final DataWriter data;
    private final byte[] chunk = new byte[CHUNK];
    private @Nullable DataReferences references;

    FileWriter(Filsys filsys, DataWriter data) {
        this.filsys = filsys;
        this.data = data;
    }

    /** From now on data that is in a tar is not read: the blocks are mapped to it. */
    void referTo(MappingStore store) {
        references = new DataReferences(store, data);
    }

    /** Fills a new regular file and writes its inode. */
    void write(int number, Inode inode, FileContent content) throws IOException {
        int blockSize = filsys.blockSize();
        inode.size(content.size());
        List<Extent> extents = new ArrayList<>();
        Placement placement =
                references != null && DataReferences.isPossible(content) ? references.of(content) : copyOf(content);
        for (Segment blocks : blocksOf(content.segments(), blockSize)) {
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

    /** Puts a file's data into the blocks that it gets, from front to back. */
    interface Placement {

        /** The blocks that follow are those from this byte of the file on. */
        void begin(long offset);

        /** Fills the next blocks of the file, which are at a byte of the disk. */
        void place(long position, long length) throws IOException;
    }

    private Placement copyOf(FileContent content) {
        Cursor cursor = new Cursor(content);
        return new Placement() {
            @Override
            public void begin(long offset) {
                cursor.skipTo(offset);
            }

            @Override
            public void place(long position, long length) throws IOException {
                data.seek(position);
                for (long done = 0; done < length; ) {
                    int n = (int) Math.min(CHUNK, length - done);
                    cursor.fill(chunk, n);
                    data.write(chunk, 0, n);
                    done += n;
                }
            }
        };
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

    /** The blocks that segments lie in; offset and length of the results count blocks. */
    private static List<Segment> blocksOf(List<Segment> segments, int blockSize) {
        List<Segment> blocks = new ArrayList<>();
        for (Segment segment : segments) {
            if (segment.length() == 0) {
                continue;
            }
            long first = segment.offset() / blockSize;
            long end = Math.ceilDiv(segment.offset() + segment.length(), (long) blockSize);
            Segment last = blocks.isEmpty() ? null : blocks.getLast();
            if (last != null && first <= last.offset() + last.length()) {
                blocks.set(blocks.size() - 1, new Segment(last.offset(), end - last.offset()));
            } else {
                blocks.add(new Segment(first, end - first));
            }
        }
        return blocks;
    }

    /** A position in a file; between the segments and behind the end it reads zeros. */
    private static final class Cursor {
        private final FileContent content;
        private int segment;
        private long position;

        Cursor(FileContent content) {
            this.content = content;
        }

        void skipTo(long position) {
            this.position = position;
        }

        void fill(byte[] dst, int length) throws IOException {
            for (int done = 0; done < length; ) {
                List<Segment> segments = content.segments();
                while (segment < segments.size() && end(segments.get(segment)) <= position) {
                    segment++;
                }
                boolean hole =
                        segment == segments.size() || segments.get(segment).offset() > position;
                long until = segment == segments.size()
                        ? Long.MAX_VALUE
                        : hole ? segments.get(segment).offset() : end(segments.get(segment));
                int n = (int) Math.min(length - done, until - position);
                if (hole) {
                    Arrays.fill(dst, done, done + n, (byte) 0);
                } else {
                    n = content.read(dst, done, n);
                }
                position += n;
                done += n;
            }
        }

        private static long end(Segment segment) {
            return segment.offset() + segment.length();
        }
    }
}
