package io.obd.fs;

import io.obd.block.BlockStore;
import io.obd.block.MappingStore;
import io.obd.fs.tar.TarEntry.Segment;
import java.io.IOException;
import java.util.List;

/** Maps the blocks of files to their data in a tar. */
final class DataReferences {
    private static final int SECTOR = BlockStore.SECTOR;

    private final MappingStore store;
    private final DataWriter data;

    DataReferences(MappingStore store, DataWriter data) {
        this.store = store;
        this.data = data;
    }

    /**
     * Whether all data can be mapped: it begins with sectors in the file and in the tar, and what follows in its last sector
     * there is the padding of the entry.
     */
    static boolean isPossible(FileContent content) {
        if (content.position().isEmpty()) {
            return false;
        }
        long position = content.position().getAsLong();
        List<Segment> segments = pieces(content);
        for (int i = 0; i < segments.size(); i++) {
            Segment segment = segments.get(i);
            boolean last = i == segments.size() - 1 && segment.offset() + segment.length() == content.size();
            if (segment.offset() % SECTOR != 0 || position % SECTOR != 0 || (segment.length() % SECTOR != 0 && !last)) {
                return false;
            }
            position += segment.length();
        }
        return true;
    }

    /** @param content of which that {@linkplain #isPossible is possible} */
    DataPlacements.Placement of(FileContent content) {
        return new Mapping(pieces(content), content.position().orElseThrow());
    }

    private static List<Segment> pieces(FileContent content) {
        return content.segments().stream()
                .filter(segment -> segment.length() > 0)
                .toList();
    }

    private final class Mapping implements DataPlacements.Placement {
        private final List<Segment> segments;
        private int segment;

        /** Position in the tar of the current segment. */
        private long source;

        private long offset;

        Mapping(List<Segment> segments, long source) {
            this.segments = segments;
            this.source = source;
        }

        @Override
        public void begin(long offset) {
            this.offset = offset;
        }

        @Override
        public void place(long position, long length) throws IOException {
            data.release(position, length);
            long end = offset + length;
            long disk = position - offset;
            while (offset < end) {
                while (segment < segments.size() && endOf(segment) <= offset) {
                    source += segments.get(segment).length();
                    segment++;
                }
                long start = segment < segments.size() ? segments.get(segment).offset() : end;
                if (start > offset) {
                    long stop = Math.min(start, end);
                    clear(disk + offset, disk + stop);
                    offset = stop;
                } else {
                    long stop = Math.min(endOf(segment), end);
                    store.mapRemote(disk + offset, stop - offset, source + offset - start);
                    offset = stop;
                }
            }
        }

        /** In whole sectors. */
        private long endOf(int segment) {
            Segment last = segments.get(segment);
            return Math.ceilDiv(last.offset() + last.length(), (long) SECTOR) * SECTOR;
        }
    }

    /** Nothing is to be seen of what was there before; where nothing was, nothing has to be done. */
    private void clear(long start, long end) throws IOException {
        if (store.nextData(start) < end) {
            store.discard(start, end - start);
        }
    }
}
