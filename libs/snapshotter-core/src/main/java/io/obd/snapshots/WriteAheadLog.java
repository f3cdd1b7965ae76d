package io.obd.snapshots;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The log that SQLite keeps beside an open database and writes from its start again after every checkpoint. A commit
 * waits for the log alone as long as it does not grow; when it does, for the file system's journal too.
 */
record WriteAheadLog(Path file) {
    /** After how many pages a checkpoint is made: seldom, since the commit that makes it takes ten times as long. */
    static final int CHECKPOINT_PAGES = 1500;

    /** The last transaction before a checkpoint may go beyond it. A page has a header of 24 bytes. */
    private static final long BYTES = (CHECKPOINT_PAGES + 300) * (4096L + 24);

    private static final int CHUNK = 1 << 20;

    static WriteAheadLog of(Path database) {
        return new WriteAheadLog(database.resolveSibling(database.getFileName() + "-wal"));
    }

    /**
     * Gives the log its full length. SQLite knows its frames by salts and checksums and takes zeros for their end.
     *
     * @throws IOException naming the file and its length, if there is no room for it
     */
    void reserve() throws IOException {
        if (!Files.exists(file)) {
            return;
        }
        try (FileChannel log = FileChannel.open(file, StandardOpenOption.WRITE)) {
            for (long end = log.size(); end < BYTES; ) {
                end += log.write(ByteBuffer.allocate((int) Math.min(CHUNK, BYTES - end)), end);
            }
            log.force(true);
        } catch (IOException e) {
            throw new IOException(file + ", which gets " + BYTES + " bytes: " + e.getMessage(), e);
        }
    }
}
