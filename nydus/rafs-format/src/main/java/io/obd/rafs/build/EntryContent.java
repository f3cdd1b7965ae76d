package io.obd.rafs.build;

import io.obd.fs.tar.LayerTar;
import io.obd.fs.tar.TarEntry;
import io.obd.fs.tar.TarEntry.Segment;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Iterator;

/** The content of the current entry of a tar, holes as zeros. */
final class EntryContent extends InputStream {
    private final LayerTar tar;
    private final long size;
    private final Iterator<Segment> segments;
    private Segment segment = new Segment(0, 0);
    private long position;

    EntryContent(LayerTar tar, TarEntry entry) {
        this.tar = tar;
        this.size = entry.size();
        this.segments = entry.segments().iterator();
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] dst, int from, int length) throws IOException {
        if (position == size || length == 0) {
            return length == 0 ? 0 : -1;
        }
        while (position == segment.offset() + segment.length() && segments.hasNext()) {
            segment = segments.next();
        }
        int n;
        if (position >= segment.offset() && position < segment.offset() + segment.length()) {
            long rest = segment.offset() + segment.length() - position;
            n = tar.read(dst, from, (int) Math.min(length, rest));
            if (n < 0) {
                throw new IllegalStateException("the pieces of an entry are longer than its data");
            }
        } else {
            long end = position < segment.offset() ? segment.offset() : size;
            n = (int) Math.min(length, end - position);
            Arrays.fill(dst, from, from + n, (byte) 0);
        }
        position += n;
        return n;
    }
}
