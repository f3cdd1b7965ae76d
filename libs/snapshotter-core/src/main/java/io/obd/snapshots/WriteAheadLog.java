package io.obd.snapshots;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * The log that SQLite keeps beside an open database and writes from its start again after every checkpoint. A commit
 * waits for the log alone as long as it does not grow; when it does, for the file system's journal too.
 *
 * <p>SQLite would wait for the journal now and then all the same, since the log's date changes: it knows no sync of the data
 * alone. So commits are synced here, and by SQLite only what a checkpoint reads and writes ({@code synchronous = NORMAL}).
 * Used by one thread at a time.
 */
final class WriteAheadLog implements Closeable {
    /** After how many pages a checkpoint is made: seldom, since the commit that makes it takes ten times as long. */
    static final int CHECKPOINT_PAGES = 1500;

    /** The last transaction before a checkpoint may go beyond it. A page has a header of 24 bytes. */
    private static final long BYTES = (CHECKPOINT_PAGES + 300) * (4096L + 24);

    private static final int CHUNK = 1 << 20;

    private final Path file;

    /** Of the channels the one that an interrupted caller does not close. */
    private final AsynchronousFileChannel channel;

    private @Nullable IOException failure;

    private WriteAheadLog(Path file, AsynchronousFileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /** Opens the log of a database that is open. SQLite's locks are on other files: they do not go when this is closed. */
    static WriteAheadLog open(Path database) throws IOException {
        Path file = database.resolveSibling(database.getFileName() + "-wal");
        return new WriteAheadLog(file, AsynchronousFileChannel.open(file, StandardOpenOption.WRITE));
    }

    /**
     * Gives the log its full length. SQLite knows its frames by salts and checksums and takes zeros for their end.
     *
     * @throws IOException naming the file and its length, if there is no room for it
     */
    void reserve() throws IOException {
        try (FileChannel log = FileChannel.open(file, StandardOpenOption.WRITE)) {
            for (long end = log.size(); end < BYTES; ) {
                end += log.write(ByteBuffer.allocate((int) Math.min(CHUNK, BYTES - end)), end);
            }
            log.force(true);
        } catch (IOException e) {
            throw new IOException(file + ", which gets " + BYTES + " bytes: " + e.getMessage(), e);
        }
    }

    /**
     * Waits until what was written is durable.
     *
     * @throws LogLostException if the disk fails
     */
    void sync() throws LogLostException {
        try {
            channel.force(false);
        } catch (IOException e) {
            failure = e;
            throw new LogLostException(file, e);
        }
    }

    /**
     * Refuses to go on after a sync that failed. The kernel forgets what it could not write: the next sync would succeed
     * without it.
     */
    void requireSound() throws LogLostException {
        if (failure != null) {
            throw new LogLostException(file, failure);
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
