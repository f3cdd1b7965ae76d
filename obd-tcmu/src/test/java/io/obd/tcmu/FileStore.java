package io.obd.tcmu;

import io.obd.block.BlockStore;
import io.obd.image.ImageConfig;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A writable disk in a plain file. */
record FileStore(FileChannel file, long size) implements BlockStore {

    /** The file that a device specification names as its only layer. */
    static DiskImage image(ImageConfig config) throws IOException {
        Path path = Path.of(config.lowers().getFirst().file());
        FileChannel file = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
        return new DiskImage(new FileStore(file, file.size()), true);
    }

    @Override
    public void read(long offset, ByteBuffer dst) throws IOException {
        while (dst.hasRemaining()) {
            offset += file.read(dst, offset);
        }
    }

    @Override
    public void write(long offset, ByteBuffer src) throws IOException {
        while (src.hasRemaining()) {
            offset += file.write(src, offset);
        }
    }

    @Override
    public void discard(long offset, long length) throws IOException {
        write(offset, ByteBuffer.allocate((int) length));
    }

    @Override
    public void flush() throws IOException {
        file.force(false);
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
