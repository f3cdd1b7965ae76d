package io.obd.fs;

import io.obd.fs.tar.ByteString;
import io.obd.fs.tar.TarEntry.Segment;
import java.util.List;
import java.util.OptionalLong;

/** The target of a symlink that is too long for its inode. */
final class BytesContent implements FileContent {
    private final byte[] bytes;
    private int position;

    BytesContent(ByteString bytes) {
        this.bytes = bytes.toBytes();
    }

    @Override
    public long size() {
        return bytes.length;
    }

    @Override
    public List<Segment> segments() {
        return List.of(new Segment(0, bytes.length));
    }

    @Override
    public OptionalLong position() {
        return OptionalLong.empty();
    }

    @Override
    public int read(byte[] dst, int from, int length) {
        int n = Math.min(length, bytes.length - position);
        System.arraycopy(bytes, position, dst, from, n);
        position += n;
        return n;
    }
}
