package io.obd.fs;

import io.obd.fs.tar.TarEntry.Segment;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/** The bytes of a regular file, read once from front to back: segments of data and holes between them. */
interface FileContent {

    /** Length of the file, holes included. */
    long size();

    /** The pieces that are no holes, ascending, apart from each other and within the size. */
    List<Segment> segments();

    /**
     * Where the segments are, one after another, in the tar that they are read from.
     *
     * @return byte position of the first; empty if they are not in a tar
     */
    OptionalLong position();

    /** Reads bytes of the segments, one after another: at least one, at most {@code length}. */
    int read(byte[] dst, int from, int length) throws IOException;

    /** The blocks that the segments lie in; offset and length of the results count blocks. */
    default List<Segment> blocks(int blockSize) {
        List<Segment> blocks = new ArrayList<>();
        for (Segment segment : segments()) {
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
}
