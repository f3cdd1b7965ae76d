package io.obd.linux;

import java.io.Closeable;
import java.nio.file.Path;

/**
 * The holes of a regular file: where they are, and making new ones. Uses a descriptor of its own, so that it can be used
 * beside a FileChannel on the same file. The calls may wait for the disk.
 */
public final class SparseFile implements Closeable {
    private static final int SEEK_DATA = 3;
    private static final int SEEK_HOLE = 4;
    private static final int FALLOC_FL_KEEP_SIZE = 1;
    private static final int FALLOC_FL_PUNCH_HOLE = 2;

    private final LibC.Files libc = LibC.files();
    private final Path path;
    private final RawFile file;

    private SparseFile(Path path, RawFile file) {
        this.path = path;
        this.file = file;
    }

    /** Opens an existing file. */
    public static SparseFile open(Path path) throws ErrnoException {
        return new SparseFile(path, RawFile.open(path, RawFile.READ_WRITE));
    }

    /** Opens an existing file to look for its holes only. */
    public static SparseFile openForReading(Path path) throws ErrnoException {
        return new SparseFile(path, RawFile.open(path, RawFile.READ_ONLY));
    }

    /**
     * The first byte at or after {@code from} that is not in a hole, -1 if there is none. File systems know holes in
     * whole blocks, and those that know none say that everything is data.
     */
    public long nextData(long from) throws ErrnoException {
        return seek(from, SEEK_DATA, "SEEK_DATA");
    }

    /** The first byte at or after {@code from} that is in a hole, the end of the file if none is, -1 past the end. */
    public long nextHole(long from) throws ErrnoException {
        return seek(from, SEEK_HOLE, "SEEK_HOLE");
    }

    private long seek(long from, int whence, String name) throws ErrnoException {
        long found = libc.lseek(file.fd(), from, whence);
        if (found < 0 && LibC.errno() != Errno.ENXIO.number()) {
            throw LibC.failure("lseek " + name + " in", path);
        }
        return found;
    }

    /**
     * Makes a range read as zeros and gives its space back, as far as it is made of whole blocks. The size stays.
     *
     * @return false if the file system cannot do this
     */
    public boolean punchHole(long offset, long length) throws ErrnoException {
        while (libc.fallocate(file.fd(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, length) < 0) {
            int errno = LibC.errno();
            if (errno == Errno.EOPNOTSUPP.number() || errno == Errno.ENOSYS.number()) {
                return false;
            }
            if (errno != Errno.EINTR.number()) {
                throw LibC.failure("fallocate (punch hole) in", path);
            }
        }
        return true;
    }

    @Override
    public void close() throws ErrnoException {
        file.close();
    }
}
