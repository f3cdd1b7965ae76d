package io.obd.fs.tar;

import io.obd.fs.tar.TarEntry.Segment;
import java.util.ArrayList;
import java.util.List;

/** The pieces of a sparse file as they are read from a tar, checked to be ascending and without overlap. */
final class SparseMap {
    private static final int MAX_SEGMENTS = 1 << 20;

    private final List<Segment> segments = new ArrayList<>();
    private long end;
    private long total;

    void add(long offset, long length) {
        if (offset < end || length < 0 || offset > Long.MAX_VALUE - length) {
            throw new NumberFormatException("a sparse piece of " + length + " bytes at " + offset + " behind " + end);
        }
        if (segments.size() == MAX_SEGMENTS) {
            throw new NumberFormatException("more than " + MAX_SEGMENTS + " sparse pieces");
        }
        end = offset + length;
        total += length;
        if (length > 0) {
            segments.add(new Segment(offset, length));
        }
    }

    /** Adds the text form {@code offset,length,offset,length…}. */
    void addText(ByteString text) {
        int at = 0;
        while (at < text.length()) {
            int comma = text.indexOf(',', at);
            if (comma < 0) {
                throw new NumberFormatException("a sparse map with an offset without length");
            }
            int next = text.indexOf(',', comma + 1);
            int stop = next < 0 ? text.length() : next;
            add(TarNumbers.decimal(text.slice(at, comma)), TarNumbers.decimal(text.slice(comma + 1, stop)));
            at = next < 0 ? stop : next + 1;
        }
    }

    /**
     * The pieces of a file of {@code size} bytes.
     *
     * @param data bytes that follow in the tar
     */
    List<Segment> finish(long size, long data) {
        if (end > size || total != data) {
            throw new NumberFormatException("a sparse map of " + total + " bytes up to " + end + " for a file of "
                    + size + " bytes with " + data + " in the tar");
        }
        return List.copyOf(segments);
    }
}
