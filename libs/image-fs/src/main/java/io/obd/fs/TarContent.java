package io.obd.fs;

import io.obd.fs.tar.LayerTar;
import io.obd.fs.tar.TarEntry;
import io.obd.fs.tar.TarEntry.Segment;
import java.io.IOException;
import java.util.List;
import java.util.OptionalLong;

/** The data of the current entry of a tar. */
record TarContent(LayerTar tar, TarEntry entry) implements FileContent {

    @Override
    public long size() {
        return entry.size();
    }

    @Override
    public List<Segment> segments() {
        return entry.segments();
    }

    /** Meant for before the first read. */
    @Override
    public OptionalLong position() {
        return OptionalLong.of(tar.position());
    }

    @Override
    public int read(byte[] dst, int from, int length) throws IOException {
        int n = tar.read(dst, from, length);
        if (n < 0) {
            throw new IllegalStateException("the pieces of an entry are longer than its data");
        }
        return n;
    }
}
