package io.obd.nydusd.fs;

import io.obd.rafs.Chunk;
import io.obd.rafs.Inode;
import java.io.IOException;
import java.nio.ByteBuffer;

/** The content of a regular file of an image. */
final class RafsFile extends ReadOnlyFile {
    private final RafsImage image;
    private final Inode inode;

    RafsFile(RafsImage image, Inode inode) {
        this.image = image;
        this.inode = inode;
    }

    @Override
    public long size() {
        return inode.size();
    }

    @Override
    public void read(long offset, ByteBuffer dst) throws IOException {
        int chunkSize = image.bootstrap().chunkSize();
        int end = dst.limit();
        long position = offset;
        while (dst.position() < end) {
            Chunk chunk = inode.chunks().get((int) (position / chunkSize));
            int from = (int) (position % chunkSize);
            int length = Math.min(end - dst.position(), chunk.uncompressedSize() - from);
            dst.limit(dst.position() + length);
            image.content().read(chunk, from, dst);
            dst.limit(end);
            position += length;
        }
    }
}
