package io.obd.lsmt;

import io.obd.block.BlobReader;
import io.obd.block.TruncatedBlobException;
import io.obd.linux.SparseFile;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * One of the two files of a writable layer. One thread writes, others may read beside it. It is read as a blob when its
 * layer is sealed: from then on its size is constant.
 */
class WritableFile implements BlobReader, DataReader {
    private final Path path;
    private final boolean writable;
    private final RandomAccessFile file;
    private final FileChannel channel;
    private volatile long size;
    private volatile boolean named;
    private volatile @Nullable SparseFile holes;

    /** Opens a file, made if there is none. */
    WritableFile(Path path) throws IOException {
        this(path, true);
    }

    private WritableFile(Path path, boolean writable) throws IOException {
        this.path = path;
        this.writable = writable;
        this.file = new RandomAccessFile(path.toFile(), writable ? "rw" : "r");
        this.channel = file.getChannel();
        this.size = channel.size();
    }

    /** Makes a new file; it must not exist. */
    static WritableFile create(Path path) throws IOException {
        Files.createFile(path);
        return new WritableFile(path);
    }

    /** Opens a file, which must exist. */
    static WritableFile open(Path path) throws IOException {
        // "rw" would make the file that is missing.
        path.getFileSystem().provider().checkAccess(path, AccessMode.READ, AccessMode.WRITE);
        return new WritableFile(path);
    }

    /** Opens a file, which must exist and may be in use, only to read it. */
    static WritableFile openForReading(Path path) throws IOException {
        path.getFileSystem().provider().checkAccess(path, AccessMode.READ);
        return new WritableFile(path, false);
    }

    Path path() {
        return path;
    }

    /** Whether the file may be changed. */
    boolean isWritable() {
        return writable;
    }

    @Override
    public String name() {
        return path.toString();
    }

    @Override
    public long size() {
        return size;
    }

    /** Appends all of {@code src} or, when it throws, nothing that counts. */
    void append(ByteBuffer src) throws IOException {
        long end = size + src.remaining();
        write(size, src);
        size = end;
    }

    /** Writes all of {@code src} inside the file. */
    void write(long offset, ByteBuffer src) throws IOException {
        long position = offset;
        try {
            while (src.hasRemaining()) {
                position += channel.write(src, position);
            }
        } catch (ClosedChannelException e) {
            throw e;
        } catch (IOException e) {
            throw new IOException(path + ": write at byte " + position + ": " + e.getMessage(), e);
        }
    }

    @Override
    public void read(long offset, ByteBuffer dst) throws IOException {
        long position = offset;
        int wanted = dst.remaining();
        while (dst.hasRemaining()) {
            int n = channel.read(dst, position);
            if (n < 0) {
                throw new TruncatedBlobException(name(), offset, wanted, position);
            }
            position += n;
        }
    }

    /** Drops everything from {@code newSize} on, or adds a hole up to it. */
    void resize(long newSize) throws IOException {
        try {
            file.setLength(newSize);
        } catch (IOException e) {
            throw new IOException(path + ": cannot have " + newSize + " bytes here: " + e.getMessage(), e);
        }
        size = newSize;
    }

    /**
     * Makes a range a hole, as far as it is made of whole blocks of the file system.
     *
     * @return false if the file system cannot do this
     */
    boolean punchHole(long offset, long length) throws IOException {
        SparseFile opened = holes;
        if (opened == null) {
            opened = SparseFile.open(path);
            holes = opened;
        }
        return opened.punchHole(offset, length);
    }

    /** Returns when everything written before is on stable storage; the name of the file too, which may be new. */
    void sync() throws IOException {
        channel.force(false);
        if (!named) {
            try (FileChannel names = FileChannel.open(path.toAbsolutePath().getParent(), StandardOpenOption.READ)) {
                names.force(true);
            }
            named = true;
        }
    }

    @Override
    public void close() throws IOException {
        try (SparseFile _ = holes) {
            file.close();
        }
    }
}
