package io.obd.lsmt;

import io.obd.block.CorruptBlobException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the index file of a writable layer and repairs its end after a crash. Everything that was flushed is in front of
 * what a crash spoils: a torn entry, entries whose data never reached the disk, and, where the file had grown before its
 * content reached the disk, entries of zeros.
 *
 * <p>Entries past the end of the disk are kept (a layer that was made smaller has them); nothing reads them.
 */
final class IndexLogReader {
    private static final Logger log = LoggerFactory.getLogger(IndexLogReader.class);
    private static final int CHUNK = 1 << 20;

    private final WritableFile file;
    private final EntryRule rule;
    private final long end;

    IndexLogReader(WritableFile file, EntryRule rule) throws CorruptBlobException {
        this.file = file;
        this.rule = rule;
        long entries = (file.size() - LayerHeader.SIZE) / SegmentLayout.SIZE;
        if (entries > SegmentIndex.MAX_SIZE) {
            throw new CorruptBlobException(
                    file.name(), LayerHeader.SIZE, "LSMT index: more than " + SegmentIndex.MAX_SIZE + " entries");
        }
        this.end = LayerHeader.SIZE + entries * SegmentLayout.SIZE;
    }

    /**
     * Puts all entries in the order of writing into an index, and cuts off what follows the last valid one. A file that is
     * only read stays as it is: whoever writes it may be about to add what is missing.
     */
    void into(LiveIndex index) throws IOException {
        long valid = end;
        ByteBuffer chunk = ByteBuffer.allocateDirect((int) Math.min(CHUNK, end - LayerHeader.SIZE))
                .order(ByteOrder.LITTLE_ENDIAN);
        for (long at = LayerHeader.SIZE; at < end; at += chunk.limit()) {
            chunk.clear().limit((int) Math.min(chunk.capacity(), end - at));
            file.read(at, chunk);
            for (int i = 0; i < chunk.limit(); i += SegmentLayout.SIZE) {
                long range = chunk.getLong(i);
                long mapping = chunk.getLong(i + Long.BYTES);
                if (range == 0 && mapping == 0) {
                    cutOff(Math.min(valid, at + i));
                    return;
                }
                if (SegmentLayout.isPadding(range)) {
                    continue;
                }
                if (SegmentLayout.length(range) == 0
                        || SegmentLayout.end(range) > SegmentLayout.MAX_OFFSET
                        || !rule.isValid(range, mapping)) {
                    valid = Math.min(valid, at + i);
                } else if (valid < end) {
                    throw new CorruptBlobException(
                            file.name(), valid, "LSMT index: entry is not valid, but later ones are");
                } else {
                    index.insert(range, rule.normalised(mapping));
                }
            }
        }
        cutOff(valid);
    }

    private void cutOff(long valid) throws IOException {
        if (valid < file.size() && file.isWritable()) {
            log.warn(
                    "{}: the last {} bytes are no valid entries, as after a crash: cut off",
                    file.name(),
                    file.size() - valid);
            file.resize(valid);
        }
    }
}
