package io.obd.lsmt;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The index file of a writable layer: entries in the order of writing, of which a later one takes the place of what it
 * overlaps. An entry is in the file before it is in the live index. For one thread at a time.
 */
final class IndexLog {
    private static final int MAX_PENDING = 512;

    private final WritableFile file;
    private final LiveIndex index;
    private final SegmentList pending = new SegmentList();
    private final ByteBuffer bytes = ByteBuffer.allocateDirect(MAX_PENDING * SegmentLayout.SIZE);

    IndexLog(WritableFile file, LiveIndex index) {
        this.file = file;
        this.index = index;
    }

    /**
     * Appends entries for a run of sectors, as many as it needs.
     *
     * @param mapping of its first sector
     */
    void append(long sector, long sectors, long mapping) throws IOException {
        try {
            long done = 0;
            while (done < sectors) {
                long count = Math.min(sectors - done, SegmentLayout.MAX_LENGTH);
                pending.add(SegmentLayout.range(sector + done, count), SegmentLayout.advance(mapping, done));
                done += count;
                if (done == sectors || pending.size() == MAX_PENDING) {
                    appendPending();
                }
            }
        } finally {
            pending.clear();
        }
    }

    private void appendPending() throws IOException {
        pending.encode(0, pending.size(), bytes.clear());
        file.append(bytes.flip());
        index.insert(pending);
        pending.clear();
    }
}
