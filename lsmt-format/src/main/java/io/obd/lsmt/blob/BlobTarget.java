package io.obd.lsmt.blob;

import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Where a blob is written to. */
public sealed interface BlobTarget {

    /** What this is in an error text. */
    String name();

    /** A file that must not exist, neither when the blob is begun nor when it is finished. */
    static File newFile(Path path) {
        return new File(path, false, File.READABLE);
    }

    /** A regular file that is replaced when the blob is complete, or one that does not exist. */
    static File replacing(Path path) {
        return new File(path, true, File.READABLE);
    }

    /**
     * A stream, such as an upload, that takes bytes front to back and is not closed.
     *
     * @param name what it is in an error text
     */
    static Stream stream(WritableByteChannel channel, String name) {
        return new Stream(channel, name);
    }

    /**
     * A file that has its name only when it is complete and on stable storage.
     *
     * @param path the finished file
     * @param replaces whether it may exist already
     * @param permissions its mode, less what the umask of the process takes away
     */
    record File(Path path, boolean replaces, Set<PosixFilePermission> permissions) implements BlobTarget {
        private static final Set<PosixFilePermission> READABLE = PosixFilePermissions.fromString("rw-r--r--");
        private static final Set<PosixFilePermission> PRIVATE = PosixFilePermissions.fromString("rwx------");

        public File {
            permissions = Set.copyOf(permissions);
        }

        /** The same file with mode 0700. */
        public File forOwnerOnly() {
            return new File(path, replaces, PRIVATE);
        }

        @Override
        public String name() {
            return path.toString();
        }
    }

    /**
     * A stream, see {@link #stream}.
     *
     * @param channel in blocking mode
     */
    record Stream(WritableByteChannel channel, String name) implements BlobTarget {}
}
