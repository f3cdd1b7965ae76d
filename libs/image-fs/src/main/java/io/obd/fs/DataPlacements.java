package io.obd.fs;

import io.obd.block.MappingStore;
import io.obd.fs.tar.TarEntry.Segment;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How the data of regular files gets into the blocks that the files have: it is copied, or referred to in a tar. */
final class DataPlacements {
    private static final int CHUNK = 128 << 10;

    private final DataWriter data;
    private final byte[] chunk = new byte[CHUNK];
    private @Nullable DataReferences references;

    DataPlacements(DataWriter data) {
        this.data = data;
    }

    /** From now on data that is in a tar is not read: the blocks are mapped to it. */
    void referTo(MappingStore store) {
        references = new DataReferences(store, data);
    }

    /** Puts a file's data into the blocks that it gets, from front to back. */
    interface Placement {

        /** The blocks that follow are those from this byte of the file on. */
        void begin(long offset);

        /** Fills the next blocks of the file, which are at a byte of the disk. */
        void place(long position, long length) throws IOException;
    }

    Placement of(FileContent content) {
        return references != null && DataReferences.isPossible(content) ? references.of(content) : copyOf(content);
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
